import { requestJson } from '@/api/client';
import { inListOrder } from '@/stores/conversationSlice';
import { useChatStore } from '@/stores/useChatStore';
import type { Conversation, Page } from '@/types';

const RELOAD_MAX = 1000;
const DELETED_AT_ONCE = 100;

/** Load a page of the list, or of the archive, into the store; returns the cursor of the next one, null after the last. */
export async function loadConversations(cursor: string | null, archived = false): Promise<string | null> {
  const page = await getPage(cursor, archived);
  const { setConversations, mergeConversations } = useChatStore.getState();
  if (cursor) mergeConversations(page.items);
  else setConversations(page.items, archived);
  return page.next_cursor;
}

/** Load list and archive anew, as far down as they were loaded: what is gone on the server goes here as well. */
export async function reloadConversations(): Promise<void> {
  await Promise.all([reloadList(false), reloadList(true)]);
}

async function reloadList(archived: boolean): Promise<void> {
  const known = inListOrder(useChatStore.getState().conversations, archived).length;
  if (archived && known === 0) return;
  const items: Conversation[] = [];
  let cursor: string | null = null;
  do {
    const page = await getPage(cursor, archived);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < Math.min(known, RELOAD_MAX));
  useChatStore.getState().setConversations(items, archived);
}

function getPage(cursor: string | null, archived: boolean): Promise<Page<Conversation>> {
  const query = new URLSearchParams({ archived: String(archived) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/conversations?${query}`);
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

/** Pin or archive a conversation, or undo it; shown at once, and taken back when the server refuses. */
export async function placeConversation(
  id: string,
  place: Partial<Pick<Conversation, 'pinned' | 'archived'>>,
): Promise<void> {
  const { conversations, mergeConversations } = useChatStore.getState();
  const before = conversations[id];
  // What is pinned is not archived, and the other way round.
  if (before) mergeConversations([{ ...before, pinned: false, archived: false, ...place }]);
  try {
    const path = `/api/conversations/${id}`;
    mergeConversations([await requestJson<Conversation>(path, { method: 'PATCH', body: place })]);
  } catch (error) {
    if (before) mergeConversations([before]);
    throw error;
  }
}

/** Delete conversations with their messages; what another device deleted meanwhile is gone here as well. */
export async function removeConversations(ids: string[]): Promise<void> {
  for (let first = 0; first < ids.length; first += DELETED_AT_ONCE) {
    const part = ids.slice(first, first + DELETED_AT_ONCE);
    await requestJson('/api/conversations/delete', { method: 'POST', body: { ids: part } });
    for (const id of part) useChatStore.getState().deleteConversation(id);
  }
}

/** Delete a conversation with its messages. */
export async function removeConversation(id: string): Promise<void> {
  await requestJson(`/api/conversations/${id}`, { method: 'DELETE' });
  useChatStore.getState().deleteConversation(id);
}
