import { create } from 'zustand';
import type { ChatEvent, Conversation, Message } from '@/types';
import type { MessagesOfConversation } from '@/types/live';
import { createConversationSlice } from './conversationSlice';
import { createMessageSlice } from './messageSlice';

export interface ConversationSlice {
  conversations: Record<string, Conversation>;
  /** Replace the list, or the archive; the other one stays. */
  setConversations: (conversations: Conversation[], archived?: boolean) => void;
  /** Add or refresh conversations: a further page, or one that changed. */
  mergeConversations: (conversations: Conversation[]) => void;
  /** Note which conversation is shown, and its title if it is known before it is loaded. */
  setCurrentConversation: (id: string | null, title?: string) => void;
  currentConversationId: string | null;
  /** Add a conversation that was just made; returns its id. */
  createConversation: (conversation: Conversation) => string;
  /** Show a title at once, wherever the conversation is named. */
  renameConversation: (id: string, title: string) => void;
  /** Forget a conversation and its messages. */
  deleteConversation: (id: string) => void;
}

export interface MessageSlice {
  messages: Record<string, MessagesOfConversation>;
  /** Take a page of messages in: the newest page says what the leaf is, older ones only add. */
  setMessages: (
    conversationId: string,
    page: { items: Message[]; has_more: boolean; leaf_id: string | null },
  ) => void;
  addOlderMessages: (conversationId: string, page: { items: Message[]; has_more: boolean }) => void;
  /** Put the newest page over what is loaded; `kept` names the messages that this page knows better. */
  takeNewMessages: (
    conversationId: string,
    page: { items: Message[]; has_more: boolean; leaf_id: string | null },
    kept: string[],
  ) => void;
  /** Note that there is something new: whoever opens the conversation loads it again. */
  expireMessages: (conversationId: string) => void;
  forgetMessages: (conversationIds: string[]) => void;
  /** Add messages at the end of what is shown. */
  addMessage: (conversationId: string, ...added: Message[]) => void;
  /** Put stored messages in the place of those that were only on this screen. */
  replaceMessages: (conversationId: string, removed: string[], added: Message[], leafId: string) => void;
  /** Apply events of an answer's stream, all at once. */
  applyEvents: (conversationId: string, messageId: string, events: ChatEvent[]) => void;
  /** Note what has changed of a message that is loaded. */
  patchMessage: (conversationId: string, messageId: string, changes: Partial<Message>) => void;
  removeMessages: (conversationId: string, ids: string[], leafId: string | null) => void;
  /** Show the branch on which a version stands. */
  showVersion: (conversationId: string, messageId: string) => void;
}

/** All that the store holds and does; each slice is written in a file of its own. */
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
