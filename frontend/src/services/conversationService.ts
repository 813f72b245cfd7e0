import { requestJson } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import type { Conversation, Page } from '@/types';

const RELOAD_MAX = 1000;

/** Load a page of the list into the store; returns the cursor of the next one, null after the last. */
export async function loadConversations(cursor: string | null): Promise<string | null> {
  const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
  const page = await requestJson<Page<Conversation>>(`/api/conversations${query}`);
  const { setConversations, mergeConversations } = useChatStore.getState();
  if (cursor) mergeConversations(page.items);
  else setConversations(page.items);
  return page.next_cursor;
}

/** Load the list anew, as far down as it was loaded: what is gone on the server goes here as well. */
export async function reloadConversations(): Promise<void> {
  const known = Object.keys(useChatStore.getState().conversations).length;
  const items: Conversation[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
    const page: Page<Conversation> = await requestJson(`/api/conversations${query}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < Math.min(known, RELOAD_MAX));
  useChatStore.getState().setConversations(items);
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
