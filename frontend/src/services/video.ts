import type { MediaTask, Reference, Shot, TaskTurn } from '@/types';
import { type PollOptions, pollTaskUntilDone, queryTaskStatus } from './image';
import { type ModelConfig, submitTask } from './taskService';

/** Clips take minutes. */
const POLL_MS = 3000;

export interface GenerateTextToVideoRequest extends ModelConfig {
  conversationId: string | null;
  prompt: string;
}

export interface GenerateImageToVideoRequest extends GenerateTextToVideoRequest {
  /** The frames or pictures that it starts from. */
  references: Reference[];
}

export interface GenerateStoryboardVideoRequest extends GenerateTextToVideoRequest {
  shots: Shot[];
}

/** Begin to make a clip from a text. */
export function generateTextToVideo({
  conversationId,
  prompt,
  ...config
}: GenerateTextToVideoRequest): Promise<TaskTurn> {
  return submitTask(conversationId, prompt, config);
}

/** Begin to make a clip from pictures and a text. */
export function generateImageToVideo({
  conversationId,
  prompt,
  ...config
}: GenerateImageToVideoRequest): Promise<TaskTurn> {
  return submitTask(conversationId, prompt, config);
}

/** Begin to make a clip of several shots. */
export function generateStoryboardVideo({
  conversationId,
  prompt,
  ...config
}: GenerateStoryboardVideoRequest): Promise<TaskTurn> {
  return submitTask(conversationId, prompt, config);
}

/** Return a clip's task as it is now. */
export const queryVideoTaskStatus = (taskId: string): Promise<MediaTask> => queryTaskStatus(taskId);

/** Ask about a clip's task until it has ended, and return it. */
export const pollVideoTaskUntilDone = (taskId: string, options: PollOptions): Promise<MediaTask | null> =>
  pollTaskUntilDone(taskId, { query: queryVideoTaskStatus, pauseMs: POLL_MS, ...options });
