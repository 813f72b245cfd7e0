import { refreshCredits } from '@/services/credits';
import { useChatStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Asset, MediaTask, Message, TaskTurn } from '@/types';
import { generateAutoTitle } from '@/utils/conversationUtils';
import {
  createMediaOptimisticPair,
  createMediaPlaceholder,
  createMediaTimestamps,
  type MediaOrder,
} from '@/utils/messageFactory';
import { taskOfMedia } from '@/utils/taskUtils';
import { editImage, generateImage, hasEnded } from './image';
import { getMessages } from './message';
import { submitTask } from './taskService';
import { generateImageToVideo, generateStoryboardVideo, generateTextToVideo } from './video';

export interface MediaPlace {
  parentId: string | null;
  branch: boolean;
}

/** Return where in a conversation the next message belongs: behind what is shown. */
export function nextPlace(conversationId: string): MediaPlace {
  const shown = useChatStore.getState().messages[conversationId];
  const parentId = shown?.shownLeafId ?? null;
  return { parentId, branch: parentId !== null && parentId !== shown?.leafId };
}

/** Order a picture or a clip in a conversation: the pair is shown at once, and replaced by what the server stored. */
export async function orderMedia(
  conversationId: string,
  order: MediaOrder,
  assets: Asset[],
  place: MediaPlace,
): Promise<void> {
  const store = useChatStore.getState();
  const before = store.messages[conversationId]?.leafId ?? null;
  const pair = createMediaOptimisticPair(
    conversationId,
    place.parentId,
    order,
    assets,
    createMediaTimestamps(),
  );
  const temporary = [pair.userMessage.id, pair.placeholder.id];
  store.addMessage(conversationId, pair.userMessage, pair.placeholder);
  const untitled = !store.conversations[conversationId]?.title;
  if (untitled)
    store.renameConversation(
      conversationId,
      generateAutoTitle(order.prompt || (order.shots[0]?.prompt ?? '')),
    );
  try {
    takeTaskTurn(conversationId, await submit(conversationId, order, place), temporary);
  } catch (problem) {
    store.removeMessages(conversationId, temporary, before);
    if (untitled) store.renameConversation(conversationId, '');
    throw problem;
  }
}

/** Make the same again, as a further version beside an earlier result. */
export async function repeatMedia(message: Message): Promise<void> {
  const { task, parent_id: questionId, conversation_id: conversationId } = message;
  if (!task || !questionId) return;
  const order = { kind: task.kind, modelId: task.model_id, prompt: task.prompt, ...task.request };
  const store = useChatStore.getState();
  const before = store.messages[conversationId]?.leafId ?? null;
  const placeholder = createMediaPlaceholder(conversationId, questionId, order, createMediaTimestamps());
  store.addMessage(conversationId, placeholder);
  try {
    const turn = await submitTask(conversationId, order.prompt, { ...order, answerTo: questionId });
    takeTaskTurn(conversationId, turn, [placeholder.id]);
  } catch (problem) {
    store.removeMessages(conversationId, [placeholder.id], before);
    throw problem;
  }
}

/** Take in how a task stands; when it has ended, its message is loaded as it was stored. */
export async function noteTask(conversationId: string, messageId: string, task: MediaTask): Promise<void> {
  const { patchMessage } = useChatStore.getState();
  useTaskStore.getState().mergeTasks([taskOfMedia(task)]);
  if (!hasEnded(task)) return patchMessage(conversationId, messageId, { task });
  refreshCredits();
  const { items } = await getMessages(conversationId);
  const stored = items.find((message) => message.id === messageId);
  patchMessage(conversationId, messageId, stored ?? { task, assets: task.assets, ...ENDS[task.state] });
}

const ENDS: Partial<Record<MediaTask['state'], Pick<Message, 'status'>>> = {
  completed: { status: 'complete' },
  failed: { status: 'failed' },
  cancelled: { status: 'stopped' },
};

function submit(conversationId: string, order: MediaOrder, place: MediaPlace): Promise<TaskTurn> {
  const { kind, ...rest } = order;
  const data = { ...rest, ...place, conversationId };
  if (kind === 'image') return order.references.length > 0 ? editImage(data) : generateImage(data);
  if (order.shots.length > 0) return generateStoryboardVideo(data);
  return order.references.length > 0 ? generateImageToVideo(data) : generateTextToVideo(data);
}

/** Put the stored turn in the place of what was shown for it, unless events have told more of it already. */
function takeTaskTurn(conversationId: string, turn: TaskTurn, temporary: string[]): void {
  const { messages, replaceMessages, mergeConversations } = useChatStore.getState();
  const { tasks, mergeTasks } = useTaskStore.getState();
  const { task, user_message, answer, conversation } = turn;
  if (!tasks[task.id]) mergeTasks([taskOfMedia(task)]);
  if (!answer) return;
  const known = messages[conversationId]?.byId[answer.id] ?? answer;
  replaceMessages(conversationId, temporary, user_message ? [user_message, known] : [known], answer.id);
  if (conversation) mergeConversations([conversation]);
}
