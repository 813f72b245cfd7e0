import type { Message } from '@/types';

export const TEMP_PREFIX = 'temp-';

/** Return a message that exists on this screen only, until the server has stored the real one. */
export function createTempMessage(
  content: string,
  role: Message['role'],
  parentId: string | null = null,
): Message {
  const now = new Date().toISOString();
  return {
    id: TEMP_PREFIX + crypto.randomUUID(),
    conversation_id: '',
    parent_id: parentId,
    seq: Number.MAX_SAFE_INTEGER,
    role,
    status: 'complete',
    content,
    reasoning: '',
    model_id: null,
    usage: null,
    error: null,
    credits: null,
    task: null,
    assets: [],
    created_at: now,
    finished_at: now,
  };
}

/** Return the place in which an answer will be written. */
export function createStreamingMessage(
  parentId: string | null = null,
  modelId: string | null = null,
): Message {
  return {
    ...createTempMessage('', 'assistant', parentId),
    status: 'streaming',
    finished_at: null,
    model_id: modelId,
  };
}

/** Tell whether a message is only on this screen. */
export function isTemp(id: string): boolean {
  return id.startsWith(TEMP_PREFIX);
}
