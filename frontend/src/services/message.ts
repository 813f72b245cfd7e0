import { type RequestOptions, request, requestJson } from '@/api/client';
import type { Feedback, Message, Turn } from '@/types';

export interface MessageListResponse {
  items: Message[];
  has_more: boolean;
  leaf_id: string | null;
}

export interface SendData {
  content: string;
  modelId: string;
  parentId: string | null;
  branch?: boolean;
}

/** Return messages, oldest first: the newest, or those before `beforeId`. */
export function getMessages(
  conversationId: string,
  limit = 50,
  offset = 0,
  beforeId?: string,
): Promise<MessageListResponse> {
  const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
  if (beforeId) query.set('before_id', beforeId);
  return requestJson(`/api/conversations/${conversationId}/messages?${query}`);
}

/** Send a message without a stream: resolves when the answer is whole. For browsers that cannot read streams. */
export function sendMessage(conversationId: string, data: SendData, key: string): Promise<Turn> {
  return requestJson(`/api/conversations/${conversationId}/messages`, sending(data, key));
}

/** Send a message; resolves once the server has taken it, to the stream of its answer. */
export function sendMessageStream(conversationId: string, data: SendData, key: string): Promise<Response> {
  return request(`/api/conversations/${conversationId}/messages/stream`, sending(data, key));
}

function sending({ content, modelId, parentId, branch }: SendData, idempotencyKey: string): RequestOptions {
  const body = { content, model_id: modelId, parent_id: parentId, branch: branch ?? false };
  return { method: 'POST', body, idempotencyKey };
}

/** Answer a question again; resolves to the stream of the new answer. */
export function regenerateMessageStream(
  conversationId: string,
  messageId: string,
  modelId: string | null,
  key: string,
): Promise<Response> {
  return request(`/api/conversations/${conversationId}/messages/${messageId}/regenerate`, {
    method: 'POST',
    body: { model_id: modelId },
    idempotencyKey: key,
  });
}

/** Follow an answer: from an event on, or, without one, from a snapshot. */
export function followMessageStream(
  messageId: string,
  after: number | null,
  signal?: AbortSignal,
): Promise<Response> {
  const query = after === null ? '' : `?after=${after}`;
  return request(`/api/messages/${messageId}/stream${query}`, { signal });
}

/** Stop an answer; resolves to it as it was stored. */
export function stopMessage(messageId: string): Promise<Message> {
  return requestJson(`/api/messages/${messageId}/stop`, { method: 'POST' });
}

/** Keep what one thinks of an answer (null: nothing); resolves to the answer. Safe to repeat. */
export function rateMessage(messageId: string, feedback: Feedback | null): Promise<Message> {
  const body = feedback ?? { rating: null };
  return requestJson(`/api/messages/${messageId}/feedback`, { method: 'PUT', body });
}

/** Delete a message for good. */
export function deleteMessage(messageId: string): Promise<{ id: string; leaf_id: string | null }> {
  return requestJson(`/api/messages/${messageId}`, { method: 'DELETE' });
}
