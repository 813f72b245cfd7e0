import type { StateCreator } from 'zustand';
import type { Message } from '@/types';
import { applyChatEvent } from '@/utils/applyChatEvent';
import { newestLeafBelow } from '@/utils/messageTree';
import type { MessageSlice, MessagesOfConversation } from './useChatStore';

const EMPTY: MessagesOfConversation = {
  byId: {},
  leafId: null,
  shownLeafId: null,
  hasMore: false,
  loaded: false,
};

/** The messages, by conversation and id. */
export const createMessageSlice: StateCreator<MessageSlice> = (set) => {
  const change = (
    conversationId: string,
    step: (current: MessagesOfConversation) => Partial<MessagesOfConversation>,
  ): void =>
    set((state) => {
      const current = state.messages[conversationId] ?? EMPTY;
      return { messages: { ...state.messages, [conversationId]: { ...current, ...step(current) } } };
    });

  return {
    messages: {},
    setMessages: (conversationId, page) =>
      change(conversationId, (current) => ({
        byId: { ...current.byId, ...index(page.items) },
        leafId: page.leaf_id,
        shownLeafId: page.leaf_id,
        hasMore: page.has_more,
        loaded: true,
      })),
    addOlderMessages: (conversationId, page) =>
      change(conversationId, (current) => ({
        byId: { ...index(page.items), ...current.byId },
        hasMore: page.has_more,
      })),
    addMessage: (conversationId, ...added) =>
      change(conversationId, (current) => ({
        byId: { ...current.byId, ...index(added) },
        shownLeafId: added.at(-1)?.id ?? current.shownLeafId,
        loaded: true,
      })),
    replaceMessages: (conversationId, removed, added, leafId) =>
      change(conversationId, (current) => ({
        byId: { ...without(current.byId, removed), ...index(added) },
        leafId,
        shownLeafId: leafId,
      })),
    applyEvents: (conversationId, messageId, events) =>
      change(conversationId, (current) => {
        const message = current.byId[messageId];
        if (!message) return {};
        return { byId: { ...current.byId, [messageId]: events.reduce(applyChatEvent, message) } };
      }),
    patchMessage: (conversationId, messageId, changes) =>
      change(conversationId, (current) => {
        const message = current.byId[messageId];
        return message ? { byId: { ...current.byId, [messageId]: { ...message, ...changes } } } : {};
      }),
    removeMessages: (conversationId, ids, leafId) =>
      change(conversationId, (current) => {
        const byId = adopt(current.byId, ids);
        return { byId, leafId, shownLeafId: keepShown(byId, current.shownLeafId, leafId) };
      }),
    showVersion: (conversationId, messageId) =>
      change(conversationId, (current) => ({ shownLeafId: newestLeafBelow(current.byId, messageId) })),
  };
};

function index(messages: Message[]): Record<string, Message> {
  return Object.fromEntries(messages.map((message) => [message.id, message]));
}

function without(byId: Record<string, Message>, ids: string[]): Record<string, Message> {
  return Object.fromEntries(Object.entries(byId).filter(([id]) => !ids.includes(id)));
}

/** Remove messages; what followed them follows their parent, as on the server. */
function adopt(byId: Record<string, Message>, ids: string[]): Record<string, Message> {
  let left = byId;
  for (const id of ids) {
    const gone = left[id];
    if (!gone) continue;
    left = Object.fromEntries(
      Object.entries(without(left, [id])).map(([key, message]) => [
        key,
        message.parent_id === id ? { ...message, parent_id: gone.parent_id } : message,
      ]),
    );
  }
  return left;
}

function keepShown(
  byId: Record<string, Message>,
  shown: string | null,
  leafId: string | null,
): string | null {
  return shown && byId[shown] ? shown : leafId;
}
