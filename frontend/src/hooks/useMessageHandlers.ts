import { useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import type { ApiError } from '@/api/client';
import { loadConversation, startConversation } from '@/services/conversationService';
import { refreshCredits } from '@/services/credits';
import { getMessages, type SendData, sendMessage, sendMessageStream, stopMessage } from '@/services/message';
import { canReadStreams } from '@/services/sse';
import { watchAnswer } from '@/services/streamSession';
import { noteTooManyTasks } from '@/services/taskService';
import { useChatStore } from '@/stores/useChatStore';
import { type StaleSend, useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import type { ChatEvent } from '@/types';
import { generateAutoTitle } from '@/utils/conversationUtils';
import { createStreamingMessage, createTempMessage } from '@/utils/messageFactory';
import { asApiError } from './useMessageLoader';

type StartedEvent = Extract<ChatEvent, { type: 'started' }>;

export interface SendOptions {
  parentId?: string | null;
  branch?: boolean;
}

/** What became of a send; if the server refused it, the text belongs back into that conversation's field. */
export interface SendOutcome {
  taken: boolean;
  /** A first message may have made it; null if not even that succeeded. */
  conversationId: string | null;
}

export interface MessageHandlers {
  isProcessing: boolean;
  /** Why the last send of this conversation was refused. */
  error: ApiError | null;
  clearError: () => void;
  handleSendMessage: (content: string, modelId: string, options?: SendOptions) => Promise<SendOutcome>;
  handleStop: () => Promise<void>;
}

/** Send messages in a conversation (a new one, if there is none yet), and stop answers. */
export function useMessageHandlers({ conversationId }: { conversationId: string | null }): MessageHandlers {
  const navigate = useNavigate();
  const running = useConversationRuntimeStore((state) =>
    conversationId ? state.streams[conversationId] : undefined,
  );
  const [failure, setFailure] = useState<{ conversationId: string | null; error: ApiError } | null>(null);
  const [sending, setSending] = useState(false);

  const handleSendMessage = useCallback(
    async (content: string, modelId: string, options: SendOptions = {}) => {
      setFailure(null);
      setSending(true);
      let id = conversationId;
      try {
        id ??= await startConversation();
        const taken = sendInto(id, content, modelId, options);
        if (!conversationId) void navigate(`/c/${id}`);
        await taken;
        return { taken: true, conversationId: id };
      } catch (problem) {
        const error = asApiError(problem);
        setFailure({ conversationId: id, error });
        noteRefusal(id, error);
        return { taken: false, conversationId: id };
      } finally {
        setSending(false);
      }
    },
    [conversationId, navigate],
  );

  const handleStop = useCallback(async () => {
    if (!running) return;
    try {
      await stopMessage(running.messageId);
    } catch (problem) {
      setFailure({ conversationId, error: asApiError(problem) });
    }
  }, [running, conversationId]);

  return {
    isProcessing: sending || running !== undefined,
    error: failure && failure.conversationId === conversationId ? failure.error : null,
    clearError: useCallback(() => setFailure(null), []),
    handleSendMessage,
    handleStop,
  };
}

/** Send into a conversation: show the pair at once, replace it by what the server stored, and watch the answer. */
async function sendInto(id: string, content: string, modelId: string, options: SendOptions): Promise<void> {
  const store = useChatStore.getState();
  const shown = store.messages[id];
  const parentId = options.parentId !== undefined ? options.parentId : (shown?.shownLeafId ?? null);
  const branch = options.branch ?? (parentId !== null && parentId !== shown?.leafId);
  const question = { ...createTempMessage(content, 'user', parentId), conversation_id: id };
  const answer = { ...createStreamingMessage(question.id, modelId), conversation_id: id };
  store.addMessage(id, question, answer);
  const untitled = !store.conversations[id]?.title;
  if (untitled) store.renameConversation(id, generateAutoTitle(content));
  const open = canReadStreams() ? openStream : sendWhole;
  const before = shown?.leafId ?? null;
  try {
    await open(id, { content, modelId, parentId, branch }, [question.id, answer.id]);
  } catch (problem) {
    store.removeMessages(id, [question.id, answer.id], before);
    if (untitled) store.renameConversation(id, '');
    if (asApiError(problem).code === 'stale_parent') await noteStale(id, { content, modelId, parentId });
    throw problem;
  }
}

async function openStream(id: string, data: SendData, temporary: string[]): Promise<void> {
  const response = await sendMessageStream(id, data, crypto.randomUUID());
  void watchAnswer(id, response, (event) => takeTurn(id, event, temporary)).then(() =>
    refreshIfLost(id, temporary),
  );
}

/** Send where answers cannot be watched: both messages come when the answer is whole. */
async function sendWhole(id: string, data: SendData, temporary: string[]): Promise<void> {
  const { user_message, answer } = await sendMessage(id, data, crypto.randomUUID());
  const added = user_message ? [user_message, answer] : [answer];
  useChatStore.getState().replaceMessages(id, temporary, added, answer.id);
  refreshCredits();
  void loadConversation(id).catch(() => undefined); // only its title is missing, and comes with the next list
}

/** A refusal tells of what others changed: the account, or what runs. */
export function noteRefusal(conversationId: string | null, error: ApiError): void {
  if (error.code === 'insufficient_credits') refreshCredits();
  if (error.code === 'too_many_tasks') noteTooManyTasks(conversationId, error);
}

/** Put the stored turn in the place of what was shown for it. */
export function takeTurn(id: string, event: StartedEvent, temporary: string[]): void {
  const { replaceMessages, mergeConversations } = useChatStore.getState();
  const added = event.user_message ? [event.user_message, event.answer] : [event.answer];
  replaceMessages(id, temporary, added, event.answer.id);
  mergeConversations([event.conversation]);
}

/** The connection broke before the first event: what the server has is the truth. */
export async function refreshIfLost(id: string, temporary: string[]): Promise<void> {
  const { messages, setMessages, removeMessages } = useChatStore.getState();
  if (!temporary.some((key) => messages[id]?.byId[key])) return;
  removeMessages(id, temporary, null);
  setMessages(id, await getMessages(id));
}

/** The conversation went on elsewhere: load what is new, and keep the text for a decision. */
async function noteStale(id: string, send: StaleSend): Promise<void> {
  useConversationRuntimeStore.getState().setStale(id, send);
  useChatStore.getState().setMessages(id, await getMessages(id));
}
