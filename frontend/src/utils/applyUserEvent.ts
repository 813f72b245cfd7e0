import type { Message } from '@/types';
import type { LiveState, MediaTask, MessageSummary, Task, UserEvent } from '@/types/live';
import { adopt } from './messageTree';
import { isActive, mergeTask, taskOfAnswer, taskOfMedia } from './taskUtils';

/**
 * Return the state after an event of the user's log. Events come in order; one that is in there already changes
 * nothing, and neither does a type that we do not know. Nothing here is fetched: `lacksText` tells what has to be.
 */
export function applyUserEvent(state: LiveState, event: UserEvent): LiveState {
  if (event.seq <= state.seq) return state;
  return { ...change(state, event), seq: event.seq };
}

/** Tell whether a message that was told of has to be loaded to be shown: it is new here, or its text has grown. */
export function lacksText({ messages, tasks }: LiveState, told: MessageSummary): boolean {
  const here = messages[told.conversation_id];
  if (!here?.loaded || isFollowed(tasks[told.id])) return false;
  const known = here.byId[told.id];
  if (!known) return true;
  if (told.status === 'streaming') return known.finished_at === null;
  return known.status === 'streaming' || countCharacters(known.content) !== told.content_chars;
}

function change(state: LiveState, event: UserEvent): LiveState {
  switch (event.type) {
    case 'conversation.changed': {
      const { data } = event;
      return { ...state, conversations: { ...state.conversations, [data.id]: data } };
    }
    case 'conversation.deleted':
      return forgetConversation(state, event.data.id);
    case 'message.changed':
      return changeMessage(state, event.data);
    case 'message.deleted':
      return removeMessage(state, event.data.conversation_id, event.data.id);
    case 'task.changed':
      return changeTask(state, event.data);
    default:
      return state;
  }
}

function forgetConversation(state: LiveState, id: string): LiveState {
  const { [id]: _conversation, ...conversations } = state.conversations;
  const { [id]: _messages, ...messages } = state.messages;
  const tasks = Object.entries(state.tasks)
    .filter(([, task]) => task.conversationId !== id || task.kind !== 'chat')
    .map(([key, task]) => [key, task.conversationId === id ? { ...task, conversationId: null } : task]);
  return { ...state, conversations, messages, tasks: Object.fromEntries(tasks) };
}

function changeMessage(state: LiveState, told: MessageSummary): LiveState {
  const next = { ...state, tasks: noteAnswer(state, told) };
  const known = state.messages[told.conversation_id]?.byId[told.id];
  const isOlder = known?.finished_at && !told.finished_at && !told.task?.storyboard;
  if (!known || isOlder || isFollowed(state.tasks[told.id]) || lacksText(state, told)) return next;
  const { content_chars: _, ...stored } = told;
  return withMessage(next, { ...known, ...stored });
}

/** An answer is written somewhere, or has ended. One that had ended before we heard of it is no news. */
function noteAnswer({ tasks, shownId }: LiveState, told: MessageSummary): Record<string, Task> {
  if (told.role !== 'assistant' || told.task || told.status === 'developing') return tasks;
  const known = tasks[told.id];
  if (!known && told.status !== 'streaming') return tasks;
  const taken = mergeTask(known, taskOfAnswer(told), shownId);
  return taken === known ? tasks : { ...tasks, [told.id]: taken };
}

function removeMessage(state: LiveState, conversationId: string, id: string): LiveState {
  const here = state.messages[conversationId];
  const gone = here?.byId[id];
  if (!here || !gone) return state;
  const afterwards = (leaf: string | null): string | null => (leaf === id ? gone.parent_id : leaf);
  const messages = {
    ...state.messages,
    [conversationId]: {
      ...here,
      byId: adopt(here.byId, [id]),
      leafId: afterwards(here.leafId),
      shownLeafId: afterwards(here.shownLeafId),
    },
  };
  return { ...state, messages };
}

/** A media task went on: among all that is made, and in the message that it belongs to. */
function changeTask(state: LiveState, told: MediaTask): LiveState {
  const task = mergeTask(state.tasks[told.id], taskOfMedia(told), state.shownId);
  const next = { ...state, tasks: { ...state.tasks, [told.id]: task } };
  const place = told.conversation_id ? state.messages[told.conversation_id] : undefined;
  const message = told.message_id ? place?.byId[told.message_id] : undefined;
  const isFinal = message?.task?.finished_at && !told.storyboard;
  return message && !isFinal ? withMessage(next, { ...message, task: told }) : next;
}

function withMessage(state: LiveState, message: Message): LiveState {
  const here = state.messages[message.conversation_id];
  if (!here) return state;
  const byId = { ...here.byId, [message.id]: message };
  return { ...state, messages: { ...state.messages, [message.conversation_id]: { ...here, byId } } };
}

function isFollowed(task: Task | undefined): boolean {
  return Boolean(task?.followed && isActive(task));
}

/** The server counts characters, not the units of which a string is made here. */
function countCharacters(text: string): number {
  return [...text].length;
}
