import { useCallback, useState } from 'react';
import type { ApiError } from '@/api/client';
import { regenerateMessageStream } from '@/services/message';
import { watchAnswer } from '@/services/streamSession';
import { useChatStore } from '@/stores/useChatStore';
import { createStreamingMessage } from '@/utils/messageFactory';
import { takeTurn } from './useMessageHandlers';
import { asApiError } from './useMessageLoader';

export interface RegenerateHandlers {
  isRegenerating: boolean;
  regenerateError: ApiError | null;
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
  const [regenerateError, setError] = useState<ApiError | null>(null);

  const handleRegenerate = useCallback(
    async (messageId: string, modelId: string | null) => {
      if (!conversationId) return;
      setError(null);
      setRegenerating(true);
      try {
        await regenerate(conversationId, messageId, modelId);
      } catch (problem) {
        setError(asApiError(problem));
      } finally {
        setRegenerating(false);
      }
    },
    [conversationId],
  );
  return { isRegenerating, regenerateError, handleRegenerate };
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
    void watchAnswer(id, response, (event) => takeTurn(id, event, [answer.id]));
  } catch (problem) {
    removeMessages(id, [answer.id], shown.leafId);
    throw problem;
  }
}
