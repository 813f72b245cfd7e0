import { beforeEach, describe, expect, it } from 'vitest';
import { useChatStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Conversation, Message } from '@/types';
import type { LiveState, MediaTask, MessagesOfConversation, UserEvent } from '@/types/live';
import recorded from '../../../tests/unit/state_truth.json';
import { applyUserEvent, lacksText } from './applyUserEvent';
import { isActive, taskOfAnswer, taskOfMedia } from './taskUtils';

interface Snapshot {
  seq: number;
  conversations: Conversation[];
  messages: Message[];
  tasks: MediaTask[];
}

interface Recording {
  command: string;
  before: Snapshot;
  events: UserEvent[];
  after: Snapshot;
}

// What a real server told while a real test gave each command (tests/integration/test_state_truth.py).
const RECORDINGS = recorded as unknown as Recording[];

/** Return a snapshot as a page shows it that has loaded everything. */
function load(snapshot: Snapshot): LiveState {
  const messages = snapshot.conversations.map((conversation): [string, MessagesOfConversation] => [
    conversation.id,
    messagesIn(snapshot, conversation),
  ]);
  const answers = snapshot.messages.filter((message) => message.status === 'streaming');
  const tasks = [...snapshot.tasks.map(taskOfMedia), ...answers.map(taskOfAnswer)];
  return {
    seq: snapshot.seq,
    conversations: Object.fromEntries(snapshot.conversations.map((each) => [each.id, each])),
    messages: Object.fromEntries(messages),
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    shownId: null,
  };
}

function messagesIn({ messages }: Snapshot, { id, leaf_id }: Conversation): MessagesOfConversation {
  const here = messages.filter((message) => message.conversation_id === id);
  const byId = Object.fromEntries(here.map((message) => [message.id, message]));
  return { byId, leafId: leaf_id, shownLeafId: leaf_id, hasMore: false, loaded: true };
}

/** Take an event in as the page does; a text that is not told is fetched, and comes as it is by then. */
function take(state: LiveState, event: UserEvent, now: Snapshot): LiveState {
  const next = applyUserEvent(state, event);
  if (event.type !== 'message.changed' || !lacksText(state, event.data)) return next;
  const id = event.data.conversation_id;
  const conversation = now.conversations.find((each) => each.id === id);
  if (!conversation) return next;
  const items = now.messages.filter((message) => message.conversation_id === id);
  useChatStore.setState({ messages: next.messages });
  useChatStore.getState().takeNewMessages(id, { items, has_more: false, leaf_id: conversation.leaf_id }, []);
  return { ...next, messages: useChatStore.getState().messages };
}

function activeOf({ tasks }: LiveState): LiveState['tasks'] {
  return Object.fromEntries(Object.entries(tasks).filter(([, task]) => isActive(task)));
}

describe('a page that had loaded everything and then heard all events shows what a reload would', () => {
  beforeEach(() => useTaskStore.setState({ tasks: {} }));

  it.each(RECORDINGS.map((each) => [each.command, each] as const))('after %s', (_name, recording) => {
    const { before, events, after } = recording;
    const loaded = load(before);
    const state = events.reduce((earlier, event) => take(earlier, event, after), loaded);
    const truth = load(after);

    expect(state.conversations).toEqual(truth.conversations);
    for (const id of Object.keys(loaded.messages)) expect(state.messages[id]).toEqual(truth.messages[id]);
    expect(activeOf(state)).toEqual(activeOf(truth));
    for (const [id, task] of Object.entries(state.tasks)) {
      if (truth.tasks[id]) expect(task.status).toBe(truth.tasks[id].status);
    }
  });

  it.each(RECORDINGS.map((each) => [each.command, each] as const))(
    'merging the list over it changes nothing: %s',
    (_name, { before, events, after }) => {
      const state = events.reduce((earlier, event) => take(earlier, event, after), load(before));
      useTaskStore.setState({ tasks: state.tasks });
      useTaskStore.getState().mergeTasks(after.tasks.map(taskOfMedia));

      expect(activeOf({ ...state, tasks: useTaskStore.getState().tasks })).toEqual(activeOf(state));
    },
  );
});
