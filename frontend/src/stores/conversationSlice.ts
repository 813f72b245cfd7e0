import type { StateCreator } from 'zustand';
import type { Conversation } from '@/types';
import type { ConversationSlice } from './useChatStore';

/** The conversations, by id. */
export const createConversationSlice: StateCreator<ConversationSlice> = (set) => ({
  conversations: {},
  currentConversationId: null,
  setConversations: (conversations) => set({ conversations: byId(conversations) }),
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

/** Return conversations in the order of the list: last used first. */
export function inListOrder(conversations: Record<string, Conversation>): Conversation[] {
  return Object.values(conversations).sort(
    (a, b) => b.updated_at.localeCompare(a.updated_at) || b.id.localeCompare(a.id),
  );
}
