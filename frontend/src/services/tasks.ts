import { requestJson } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Page } from '@/types';
import type { MediaTask, TaskTurn } from '@/types/live';
import { isActive, taskOfMedia } from '@/utils/taskUtils';
import { noteCredits } from './credits';
import { getMessages } from './message';
import { restoreUnseen } from './unseenMarks';

const ACTIVE_MAX = 100;
const LOST_MAX = 20;

/** Load what is being made, and how those ended that were known to run and do not any more. */
export async function loadActiveTasks(): Promise<void> {
  const page = await requestJson<Page<MediaTask>>(`/api/tasks?active=true&limit=${ACTIVE_MAX}`);
  const listed = new Set(page.items.map((task) => task.id));
  const lost = Object.values(useTaskStore.getState().tasks).filter(
    (task) => task.media && isActive(task) && !listed.has(task.id),
  );
  const ended = await Promise.all(
    lost.slice(0, LOST_MAX).map((task) => requestJson<MediaTask>(`/api/tasks/${task.id}`)),
  );
  useTaskStore.getState().mergeTasks([...page.items, ...ended].map(taskOfMedia));
  await restoreUnseen();
}

/** Cancel a task that nobody works on yet; it costs nothing. */
export async function cancelTask(id: string): Promise<void> {
  const task = await requestJson<MediaTask>(`/api/tasks/${id}/cancel`, { method: 'POST' });
  useTaskStore.getState().mergeTasks([taskOfMedia(task)]);
}

/** Ask for the same once more, as one more answer to the same question; returns the new task. */
export async function retryTask(task: MediaTask): Promise<MediaTask> {
  const turn = await requestJson<TaskTurn>('/api/tasks', {
    method: 'POST',
    idempotencyKey: crypto.randomUUID(),
    body: {
      conversation_id: task.conversation_id,
      answer_to: await findQuestion(task),
      model_id: task.model_id,
      prompt: task.prompt,
      ...task.request,
    },
  });
  noteCredits(turn.credits);
  useTaskStore.getState().mergeTasks([taskOfMedia(turn.task)]);
  return turn.task;
}

/** Return which question a task answers; null where it belongs to no conversation. */
async function findQuestion({ conversation_id, message_id }: MediaTask): Promise<string | null> {
  if (!conversation_id || !message_id) return null;
  const loaded = useChatStore.getState().messages[conversation_id]?.byId[message_id];
  if (loaded) return loaded.parent_id;
  const { items } = await getMessages(conversation_id);
  return items.find((message) => message.id === message_id)?.parent_id ?? null;
}
