import { requestJson } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { MediaTask, StoryboardShot } from '@/types';
import { taskOfMedia } from '@/utils/taskUtils';
import { refreshCredits } from './credits';

/** Make one shot of a film again that did not come off, with other words if there are any; its price is held. */
export async function retryShot({ id }: MediaTask, shot: StoryboardShot, words?: string): Promise<void> {
  const { number, seconds, references } = shot;
  const path = `/api/tasks/${id}/shots/${number}/retry`;
  const task = await requestJson<MediaTask>(path, {
    method: 'POST',
    idempotencyKey: crypto.randomUUID(),
    body: { shot: words === undefined ? null : { prompt: words, seconds, references } },
  });
  refreshCredits();
  take(task);
}

/** Put the shots of a film into another order; a film that is there is joined anew, which costs nothing. */
export async function orderShots({ id }: MediaTask, order: number[]): Promise<void> {
  take(await requestJson<MediaTask>(`/api/tasks/${id}/shots/order`, { method: 'PUT', body: { order } }));
}

function take(task: MediaTask): void {
  useTaskStore.getState().mergeTasks([taskOfMedia(task)]);
  if (task.conversation_id && task.message_id)
    useChatStore.getState().patchMessage(task.conversation_id, task.message_id, { task });
}
