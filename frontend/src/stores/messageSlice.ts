import type { StateCreator } from 'zustand';
import type { Message } from '@/types';
import type { MessagesOfConversation } from '@/types/live';
import { applyChatEvent } from '@/utils/applyChatEvent';
import { adopt, newestLeafBelow, without } from '@/utils/messageTree';
import type { MessageSlice } from './useChatStore';

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
    takeNewMessages: (conversationId, page, kept) =>
      change(conversationId, (current) => mergeNewest(current, page, kept)),
    expireMessages: (conversationId) => change(conversationId, () => ({ loaded: false })),
    forgetMessages: (conversationIds) =>
      set((state) => ({
        messages: Object.fromEntries(
          Object.entries(state.messages).filter(([id]) => !conversationIds.includes(id)),
        ),
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
        // Of perhaps thousands, one grows many times a second: the others are not copied for that.
        if (message) current.byId[messageId] = events.reduce(applyChatEvent, message);
        return {};
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

/**
 * Put the newest page over what is loaded, except for the messages that are known better here. Whoever looks at the
 * newest message goes on with it, whoever looks at another branch stays there. A gap before the page drops what is older.
 */
function mergeNewest(
  current: MessagesOfConversation,
  page: { items: Message[]; has_more: boolean; leaf_id: string | null },
  kept: string[],
): MessagesOfConversation {
  const joins = !page.has_more || page.items.some((message) => current.byId[message.id]);
  const byId = {
    ...(joins ? current.byId : {}),
    ...index(page.items.filter((message) => !(kept.includes(message.id) && current.byId[message.id]))),
  };
  const seqOf = (id: string | null): number => (id ? (byId[id]?.seq ?? -1) : -1);
  const leafId = seqOf(page.leaf_id) >= seqOf(current.leafId) ? page.leaf_id : current.leafId;
  const follows = current.shownLeafId === current.leafId || !byId[current.shownLeafId ?? ''];
  return {
    byId,
    leafId,
    shownLeafId: follows ? leafId : current.shownLeafId,
    hasMore: joins && current.loaded ? current.hasMore : page.has_more,
    loaded: true,
  };
}

function keepShown(
  byId: Record<string, Message>,
  shown: string | null,
  leafId: string | null,
): string | null {
  return shown && byId[shown] ? shown : leafId;
}
