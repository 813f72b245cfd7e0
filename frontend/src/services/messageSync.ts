import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { LiveState, MessageSummary } from '@/types/live';
import { lacksText } from '@/utils/applyUserEvent';
import { isTemp } from '@/utils/messageFactory';
import { isActive } from '@/utils/taskUtils';
import { getMessages } from './message';
import { rejoinAnswer } from './streamSession';

/** What was told of messages whose text is not here, by conversation and message; one loading takes all of them in. */
const wanted = new Map<string, Map<string, MessageSummary>>();
const loading = new Set<string>();

/** Note that a message has to be loaded. One request at a time per conversation brings whatever is missing by then. */
export function wantMessage(told: MessageSummary): void {
  const here = wanted.get(told.conversation_id) ?? new Map<string, MessageSummary>();
  wanted.set(told.conversation_id, here.set(told.id, told));
  void loadWanted(told.conversation_id);
}

/**
 * Put a conversation's newest messages over what is loaded, and join the answer that is written there. Waits for
 * whatever this page sends just now, and leaves alone what it follows itself.
 */
export async function syncMessages(conversationId: string): Promise<void> {
  await nothingIsSent(conversationId);
  const followed = followedIn(conversationId);
  const page = await getMessages(conversationId);
  if (!useChatStore.getState().messages[conversationId]) return;
  const kept = [...followed, ...followedIn(conversationId)];
  useChatStore.getState().takeNewMessages(conversationId, page, kept);
  const running = page.items.filter((message) => message.status === 'streaming').at(-1);
  const isBusy = useConversationRuntimeStore.getState().streams[conversationId] !== undefined;
  if (running && !isBusy && !kept.includes(running.id)) void rejoinAnswer(conversationId, running.id);
}

/** Forget what was asked for: the page begins anew. */
export function forgetWanted(): void {
  wanted.clear();
}

async function loadWanted(conversationId: string): Promise<void> {
  if (loading.has(conversationId)) return;
  loading.add(conversationId);
  try {
    while (wanted.get(conversationId)?.size) {
      await nothingIsSent(conversationId);
      const state = readState();
      const missing = [...(wanted.get(conversationId)?.values() ?? [])].filter((told) =>
        lacksText(state, told),
      );
      wanted.delete(conversationId);
      if (missing.length) await syncMessages(conversationId);
    }
  } catch {
    // Without a connection, or in a conversation that is gone: whoever opens it next loads it, and sees why.
    wanted.delete(conversationId);
    if (useChatStore.getState().messages[conversationId])
      useChatStore.getState().expireMessages(conversationId);
  } finally {
    loading.delete(conversationId);
  }
}

function readState(): LiveState {
  const { conversations, messages } = useChatStore.getState();
  const { tasks, shownId } = useTaskStore.getState();
  return { seq: 0, conversations, messages, tasks, shownId };
}

function followedIn(conversationId: string): string[] {
  return Object.values(useTaskStore.getState().tasks)
    .filter((task) => task.conversationId === conversationId && task.followed && isActive(task))
    .map((task) => task.id);
}

/** Resolve once no message of a conversation is only on this screen: its stored form is about to arrive by itself. */
function nothingIsSent(conversationId: string): Promise<void> {
  const isSending = (): boolean =>
    Object.keys(useChatStore.getState().messages[conversationId]?.byId ?? {}).some(isTemp);
  if (!isSending()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = useChatStore.subscribe(() => {
      if (isSending()) return;
      stop();
      resolve();
    });
  });
}
