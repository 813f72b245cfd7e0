import type { Asset, MediaMode, MediaTask, Message, OptionValues, Reference, Shot } from '@/types';

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
    feedback: null,
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

/** Times and ids of a pair that is shown before the server has it. */
export interface MediaTimestamps {
  userId: string;
  placeholderId: string;
  createdAt: string;
}

/** What is to be made, as the place of its result shows it. */
export interface MediaOrder {
  kind: MediaMode;
  modelId: string;
  prompt: string;
  options: OptionValues;
  references: Reference[];
  shots: Shot[];
  /** Whether each shot becomes a clip of its own; null: as the server sees fit. */
  chain: boolean | null;
  /** Each shot begins with the last frame of the one before. */
  continuous: boolean;
}

/** Return new ids and the time for a question and the place of its picture. */
export function createMediaTimestamps(): MediaTimestamps {
  return {
    userId: TEMP_PREFIX + crypto.randomUUID(),
    placeholderId: TEMP_PREFIX + crypto.randomUUID(),
    createdAt: new Date().toISOString(),
  };
}

/** Return what is shown at once: the question with its pictures, and blank paper in the final ratio. */
export function createMediaOptimisticPair(
  conversationId: string,
  parentId: string | null,
  order: MediaOrder,
  assets: Asset[],
  timestamps: MediaTimestamps,
): { userMessage: Message; placeholder: Message } {
  const userMessage = {
    ...createTempMessage(order.prompt, 'user', parentId),
    id: timestamps.userId,
    conversation_id: conversationId,
    assets,
    created_at: timestamps.createdAt,
  };
  return {
    userMessage,
    placeholder: createMediaPlaceholder(conversationId, timestamps.userId, order, timestamps),
  };
}

/** Return the place in which a picture or a clip will develop. */
export function createMediaPlaceholder(
  conversationId: string,
  parentId: string | null,
  order: MediaOrder,
  { placeholderId, createdAt }: MediaTimestamps,
): Message {
  return {
    ...createTempMessage('', 'assistant', parentId),
    id: placeholderId,
    conversation_id: conversationId,
    status: 'developing',
    model_id: order.modelId,
    task: createTempTask(conversationId, order, placeholderId, createdAt),
    created_at: createdAt,
    finished_at: null,
  };
}

function createTempTask(
  conversationId: string,
  order: MediaOrder,
  messageId: string,
  createdAt: string,
): MediaTask {
  const { kind, modelId, prompt, chain, ...request } = order;
  return {
    id: messageId,
    conversation_id: conversationId,
    message_id: messageId,
    kind,
    model_id: modelId,
    prompt,
    request: { ...request, chain: chain ?? false },
    parent_id: null,
    shot: null,
    storyboard: null,
    state: 'submitting',
    progress: null,
    place: null,
    paused_until: null,
    pause_reason: null,
    error: null,
    assets: [],
    held_mc: null,
    charged_mc: null,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
  };
}

/** Tell whether a message is only on this screen. */
export function isTemp(id: string): boolean {
  return id.startsWith(TEMP_PREFIX);
}
