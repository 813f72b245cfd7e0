import { requestJson } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import type { Conversation, Page } from '@/types';

/** Load a page of the list into the store; returns the cursor of the next one, null after the last. */
export async function loadConversations(cursor: string | null): Promise<string | null> {
  const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
  const page = await requestJson<Page<Conversation>>(`/api/conversations${query}`);
  const { setConversations, mergeConversations } = useChatStore.getState();
  if (cursor) mergeConversations(page.items);
  else setConversations(page.items);
  return page.next_cursor;
}

/** Load one conversation into the store. */
export async function loadConversation(id: string): Promise<void> {
  useChatStore.getState().mergeConversations([await requestJson<Conversation>(`/api/conversations/${id}`)]);
}

/** Begin a conversation; returns its id. */
export async function startConversation(): Promise<string> {
  const made = await requestJson<Conversation>('/api/conversations', {
    method: 'POST',
    body: {},
    idempotencyKey: crypto.randomUUID(),
  });
  return useChatStore.getState().createConversation(made);
}

/** Store a title; it is shown at once, and taken back when the server refuses. Resolves to whether it was kept. */
export async function updateConversationTitle(conversationId: string, title: string): Promise<boolean> {
  const { conversations, renameConversation, mergeConversations } = useChatStore.getState();
  const before = conversations[conversationId]?.title ?? '';
  renameConversation(conversationId, title);
  try {
    const path = `/api/conversations/${conversationId}`;
    mergeConversations([await requestJson<Conversation>(path, { method: 'PATCH', body: { title } })]);
    return true;
  } catch (error) {
    renameConversation(conversationId, before);
    throw error;
  }
}

/** Delete a conversation with its messages. */
export async function removeConversation(id: string): Promise<void> {
  await requestJson(`/api/conversations/${id}`, { method: 'DELETE' });
  useChatStore.getState().deleteConversation(id);
}
