import { ApiError, requestJson } from '@/api/client';
import type { Asset, MediaTask, Reference, TaskTurn } from '@/types';
import { uploadAsset } from './assets';
import { type ModelConfig, submitTask } from './taskService';

const POLL_MS = 1000;
/** A page that nobody looks at asks less often, by this factor. */
const HIDDEN_FACTOR = 5;
const POLLS_MAX = 7200;
const FAILURES_MAX = 60;

export interface GenerateImageRequest extends ModelConfig {
  conversationId: string | null;
  prompt: string;
}

export interface EditImageRequest extends GenerateImageRequest {
  /** The pictures that it builds on. */
  references: Reference[];
}

export interface PollOptions {
  /** Told whenever the task was asked about. */
  onChange: (task: MediaTask) => void;
  signal: AbortSignal;
  /** How to ask, and how long to wait before asking again; as for pictures unless told. */
  query?: (taskId: string) => Promise<MediaTask>;
  pauseMs?: number;
}

/** Begin to make pictures from a text. */
export function generateImage({
  conversationId,
  prompt,
  ...config
}: GenerateImageRequest): Promise<TaskTurn> {
  return submitTask(conversationId, prompt, config);
}

/** Begin to make pictures from others and a text. */
export function editImage({ conversationId, prompt, ...config }: EditImageRequest): Promise<TaskTurn> {
  return submitTask(conversationId, prompt, config);
}

/** Store a picture as one's own. */
export function uploadImage(
  file: File,
  onProgress: (percent: number) => void,
  signal: AbortSignal,
): Promise<Asset> {
  return uploadAsset(file, onProgress, signal);
}

/** Return a task as it is now. */
export const queryTaskStatus = (taskId: string): Promise<MediaTask> => requestJson(`/api/tasks/${taskId}`);

/** Cancel what no provider works on yet. */
export const cancelTask = (taskId: string): Promise<MediaTask> =>
  requestJson(`/api/tasks/${taskId}/cancel`, { method: 'POST' });

/** Tell whether a task has ended. */
export function hasEnded({ state }: Pick<MediaTask, 'state'>): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/** Ask about a task until it has ended, and return it; null when the asking was called off or led nowhere. */
export async function pollTaskUntilDone(
  taskId: string,
  { onChange, signal, query = queryTaskStatus, pauseMs = POLL_MS }: PollOptions,
): Promise<MediaTask | null> {
  let failures = 0;
  for (let polls = 0; polls < POLLS_MAX && failures < FAILURES_MAX && !signal.aborted; polls++) {
    try {
      const task = await query(taskId);
      if (signal.aborted) return null;
      failures = 0;
      onChange(task);
      if (hasEnded(task)) return task;
    } catch (problem) {
      if (problem instanceof ApiError && (problem.status === 401 || problem.status === 404)) return null;
      failures += 1;
    }
    await pause(document.hidden ? pauseMs * HIDDEN_FACTOR : pauseMs, signal);
  }
  return null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });
}
