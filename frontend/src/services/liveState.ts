import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { LiveState, MessageSummary, UserEvent } from '@/types/live';
import { applyUserEvent, lacksText } from '@/utils/applyUserEvent';
import { reloadConversations } from './conversationService';
import { noteCredits, QUOTES, refreshCredits } from './credits';
import { syncMessages, wantMessage } from './messageSync';
import { queries } from './queryClient';
import { loadActiveTasks } from './tasks';

let seq = 0;

/** Begin after a number of the log: all before it is in what is loaded now. */
export function beginAfter(number: number): void {
  seq = number;
}

/** Take an event into the stores, and fetch what it does not carry. */
export function takeEvent(event: UserEvent): void {
  if (event.seq <= seq) return;
  const before = readState();
  const after = applyUserEvent(before, event);
  seq = after.seq;
  const { conversations, messages, tasks } = after;
  if (conversations !== before.conversations || messages !== before.messages)
    useChatStore.setState({ conversations, messages });
  if (tasks !== before.tasks) useTaskStore.getState().replaceTasks(tasks);
  if (event.type === 'credits.changed') {
    noteCredits(event.data);
    void queries.invalidateQueries({ queryKey: QUOTES });
  }
  if (event.type === 'message.changed' && lacksText(before, event.data)) fetchText(event.data);
}

/** Load anew all that is shown: events that would have told of changes were missed, or never asked for. */
export async function reloadShown(): Promise<void> {
  const { messages, currentConversationId: shownId } = useChatStore.getState();
  const { streams } = useConversationRuntimeStore.getState();
  const unwatched = Object.keys(messages).filter((id) => id !== shownId && !streams[id]);
  useChatStore.getState().forgetMessages(unwatched);
  refreshCredits();
  void queries.invalidateQueries({ queryKey: ['limits'] });
  await Promise.all([
    reloadConversations(),
    loadActiveTasks(),
    shownId && messages[shownId]?.loaded ? syncMessages(shownId) : undefined,
  ]);
}

/** What is looked at gets its text at once; the rest when it is opened. */
function fetchText(told: MessageSummary): void {
  const id = told.conversation_id;
  const isLooked = useChatStore.getState().currentConversationId === id;
  if (isLooked || useConversationRuntimeStore.getState().streams[id]) wantMessage(told);
  else useChatStore.getState().expireMessages(id);
}

function readState(): LiveState {
  const { conversations, messages } = useChatStore.getState();
  const { tasks, shownId } = useTaskStore.getState();
  return { seq, conversations, messages, tasks, shownId };
}
