import { useCallback, useState } from 'react';
import type { ApiError } from '@/api/client';
import { regenerateMessageStream } from '@/services/message';
import { watchAnswer } from '@/services/streamSession';
import { useChatStore } from '@/stores/useChatStore';
import { createStreamingMessage } from '@/utils/messageFactory';
import { noteRefusal, refreshIfLost, takeTurn } from './useMessageHandlers';
import { asApiError } from './useMessageLoader';

export interface RegenerateRefusal {
  conversationId: string;
  messageId: string;
  modelId: string | null;
  error: ApiError;
}

export interface RegenerateHandlers {
  isRegenerating: boolean;
  /** What was refused last in this conversation, and why. */
  refused: RegenerateRefusal | null;
  clearRefused: () => void;
  /** Answer the question of a message again; the earlier answer stays as a version beside it. */
  handleRegenerate: (messageId: string, modelId: string | null) => Promise<void>;
}

/** Let models answer again. */
export function useRegenerateHandlers({
  conversationId,
}: {
  conversationId: string | null;
}): RegenerateHandlers {
  const [isRegenerating, setRegenerating] = useState(false);
  const [refused, setRefused] = useState<RegenerateRefusal | null>(null);

  const handleRegenerate = useCallback(
    async (messageId: string, modelId: string | null) => {
      if (!conversationId) return;
      setRefused(null);
      setRegenerating(true);
      try {
        await regenerate(conversationId, messageId, modelId);
      } catch (problem) {
        const error = asApiError(problem);
        setRefused({ conversationId, messageId, modelId, error });
        noteRefusal(conversationId, error);
      } finally {
        setRegenerating(false);
      }
    },
    [conversationId],
  );
  return {
    isRegenerating,
    refused: refused?.conversationId === conversationId ? refused : null,
    clearRefused: useCallback(() => setRefused(null), []),
    handleRegenerate,
  };
}

async function regenerate(id: string, messageId: string, modelId: string | null): Promise<void> {
  const { messages, addMessage, removeMessages } = useChatStore.getState();
  const shown = messages[id];
  const earlier = shown?.byId[messageId];
  if (!shown || !earlier) return;
  const parentId = earlier.role === 'assistant' ? earlier.parent_id : earlier.id;
  const answer = { ...createStreamingMessage(parentId, modelId ?? earlier.model_id), conversation_id: id };
  addMessage(id, answer);
  try {
    const response = await regenerateMessageStream(id, messageId, modelId, crypto.randomUUID());
    void watchAnswer(id, response, (event) => takeTurn(id, event, [answer.id])).then(() =>
      refreshIfLost(id, [answer.id]),
    );
  } catch (problem) {
    removeMessages(id, [answer.id], shown.leafId);
    throw problem;
  }
}
