import type { StateCreator } from 'zustand';
import type { Conversation } from '@/types';
import type { ConversationSlice } from './useChatStore';

/** The conversations, by id. */
export const createConversationSlice: StateCreator<ConversationSlice> = (set) => ({
  conversations: {},
  currentConversationId: null,
  setConversations: (conversations, archived = false) =>
    set((state) => {
      const others = Object.values(state.conversations).filter((known) => known.archived !== archived);
      return { conversations: { ...byId(others), ...byId(conversations) } };
    }),
  mergeConversations: (conversations) =>
    set((state) => ({ conversations: { ...state.conversations, ...byId(conversations) } })),
  setCurrentConversation: (id, title) =>
    set((state) => {
      const known = id ? state.conversations[id] : undefined;
      if (!id || !known || title === undefined) return { currentConversationId: id };
      return {
        currentConversationId: id,
        conversations: { ...state.conversations, [id]: { ...known, title } },
      };
    }),
  createConversation: (conversation) => {
    set((state) => ({ conversations: { ...state.conversations, [conversation.id]: conversation } }));
    return conversation.id;
  },
  renameConversation: (id, title) =>
    set((state) => {
      const known = state.conversations[id];
      return known ? { conversations: { ...state.conversations, [id]: { ...known, title } } } : state;
    }),
  deleteConversation: (id) =>
    set((state) => {
      const { [id]: _gone, ...conversations } = state.conversations;
      return { conversations };
    }),
});

function byId(conversations: Conversation[]): Record<string, Conversation> {
  return Object.fromEntries(conversations.map((conversation) => [conversation.id, conversation]));
}

/** Return the conversations of a list (or of the archive) in its order: pinned ones first, then last used first. */
export function inListOrder(conversations: Record<string, Conversation>, archived = false): Conversation[] {
  return Object.values(conversations)
    .filter((conversation) => conversation.archived === archived)
    .sort(
      (a, b) =>
        Number(b.pinned) - Number(a.pinned) ||
        b.updated_at.localeCompare(a.updated_at) ||
        b.id.localeCompare(a.id),
    );
}
