import { useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import type { ApiError } from '@/api/client';
import { startConversation } from '@/services/conversationService';
import { getMessages, type SendData, sendMessageStream, stopMessage } from '@/services/message';
import { watchAnswer } from '@/services/streamSession';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import type { ChatEvent } from '@/types';
import { generateAutoTitle } from '@/utils/conversationUtils';
import { createStreamingMessage, createTempMessage } from '@/utils/messageFactory';
import { asApiError } from './useMessageLoader';

type StartedEvent = Extract<ChatEvent, { type: 'started' }>;

export interface SendOptions {
  parentId?: string | null;
  branch?: boolean;
}

export interface MessageHandlers {
  isProcessing: boolean;
  error: ApiError | null;
  clearError: () => void;
  /** Send a message; resolves to whether the server took it. If not, the text belongs back into the field. */
  handleSendMessage: (content: string, modelId: string, options?: SendOptions) => Promise<boolean>;
  handleStop: () => Promise<void>;
}

/** Send messages in a conversation (a new one, if there is none yet), and stop answers. */
export function useMessageHandlers({ conversationId }: { conversationId: string | null }): MessageHandlers {
  const navigate = useNavigate();
  const running = useConversationRuntimeStore((state) =>
    conversationId ? state.streams[conversationId] : undefined,
  );
  const [error, setError] = useState<ApiError | null>(null);
  const [sending, setSending] = useState(false);

  const handleSendMessage = useCallback(
    async (content: string, modelId: string, options: SendOptions = {}) => {
      setError(null);
      setSending(true);
      try {
        const id = conversationId ?? (await startConversation());
        const taken = sendInto(id, content, modelId, options);
        if (!conversationId) void navigate(`/c/${id}`);
        await taken;
        return true;
      } catch (problem) {
        setError(asApiError(problem));
        return false;
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
      setError(asApiError(problem));
    }
  }, [running]);

  return {
    isProcessing: sending || running !== undefined,
    error,
    clearError: useCallback(() => setError(null), []),
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
  if (!store.conversations[id]?.title) store.renameConversation(id, generateAutoTitle(content));
  await openStream(id, { content, modelId, parentId, branch }, [question.id, answer.id]);
}

async function openStream(id: string, data: SendData, temporary: string[]): Promise<void> {
  const store = useChatStore.getState();
  const before = store.messages[id]?.leafId ?? null;
  let response: Response;
  try {
    response = await sendMessageStream(id, data, crypto.randomUUID());
  } catch (problem) {
    useChatStore.getState().removeMessages(id, temporary, before);
    if (asApiError(problem).code === 'stale_parent') await noteStale(id, data);
    throw problem;
  }
  void watchAnswer(id, response, (event) => takeTurn(id, event, temporary)).then(() =>
    refreshIfLost(id, temporary),
  );
}

/** Put the stored turn in the place of what was shown for it. */
export function takeTurn(id: string, event: StartedEvent, temporary: string[]): void {
  const { replaceMessages, mergeConversations } = useChatStore.getState();
  const added = event.user_message ? [event.user_message, event.answer] : [event.answer];
  replaceMessages(id, temporary, added, event.answer.id);
  mergeConversations([event.conversation]);
}

/** The connection broke before the first event: what the server has is the truth. */
async function refreshIfLost(id: string, temporary: string[]): Promise<void> {
  const { messages, setMessages, removeMessages } = useChatStore.getState();
  if (!temporary.some((key) => messages[id]?.byId[key])) return;
  removeMessages(id, temporary, null);
  setMessages(id, await getMessages(id));
}

/** The conversation went on elsewhere: load what is new, and keep the text for a decision. */
async function noteStale(id: string, data: SendData): Promise<void> {
  const { content, modelId, parentId } = data;
  useConversationRuntimeStore.getState().setStale(id, { content, modelId, parentId });
  useChatStore.getState().setMessages(id, await getMessages(id));
}
