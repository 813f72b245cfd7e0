import { ApiError } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { LiveState, MessageSummary } from '@/types/live';
import { lacksText } from '@/utils/applyUserEvent';
import { isTemp } from '@/utils/messageFactory';
import { isActive } from '@/utils/taskUtils';
import { getMessages } from './message';
import { pause } from './pause';
import { rejoinAnswer } from './streamSession';

const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 16_000];

/** What was told of messages whose text is not here, by conversation and message; one loading takes all of them in. */
const wanted = new Map<string, Map<string, MessageSummary>>();
const loading = new Set<string>();

/** Note that a message has to be loaded. One request at a time per conversation brings whatever is missing by then. */
export function wantMessage(told: MessageSummary): void {
  const before = wanted.get(told.conversation_id);
  wanted.set(told.conversation_id, new Map(before).set(told.id, told)); // a new one: loading tells it by that
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
  for (let failures = 0; wanted.get(conversationId)?.size; ) {
    const asked = wanted.get(conversationId);
    try {
      await nothingIsSent(conversationId);
      if (isMissing(asked)) await syncMessages(conversationId);
      if (wanted.get(conversationId) === asked) wanted.delete(conversationId);
      failures = 0;
    } catch (problem) {
      const pauseMs = PAUSES_MS[failures++];
      if (pauseMs === undefined || isFinal(problem)) giveUp(conversationId);
      else await pause(pauseMs);
    }
  }
  loading.delete(conversationId);
}

function isMissing(asked: Map<string, MessageSummary> | undefined): boolean {
  const state = readState();
  return [...(asked?.values() ?? [])].some((told) => lacksText(state, told) || isBehind(state, told));
}

/** What was told while a message was on its way here may be newer than what came. */
function isBehind({ messages }: LiveState, told: MessageSummary): boolean {
  const known = messages[told.conversation_id]?.byId[told.id];
  return known !== undefined && known.finished_at === null && told.finished_at !== null;
}

function isFinal(problem: unknown): boolean {
  return problem instanceof ApiError && (problem.status === 401 || problem.status === 404);
}

/** Whoever opens the conversation next loads it, and sees why it cannot be loaded. */
function giveUp(conversationId: string): void {
  wanted.delete(conversationId);
  const { messages, expireMessages } = useChatStore.getState();
  if (messages[conversationId]) expireMessages(conversationId);
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
