import { create } from 'zustand';
import { type ConversationSlice, createConversationSlice } from './conversationSlice';
import { createMessageSlice, type MessageSlice } from './messageSlice';

export type ChatState = ConversationSlice & MessageSlice;

/** Conversations and their messages, as the server told them. */
export const useChatStore = create<ChatState>()((...parts) => ({
  ...createConversationSlice(...parts),
  ...createMessageSlice(...parts),
}));

/** The conversations alone: the list, its titles, which one is shown. */
export function useConversationStore<T>(select: (state: ConversationSlice) => T): T {
  return useChatStore(select);
}
