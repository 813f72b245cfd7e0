import { useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import type { ApiError } from '@/api/client';
import { startConversation } from '@/services/conversationService';
import { type MediaPlace, nextPlace, orderMedia } from '@/services/mediaSession';
import { getMessages } from '@/services/message';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import type { Asset } from '@/types';
import type { MediaOrder } from '@/utils/messageFactory';
import { noteRefusal, type SendOutcome } from './useMessageHandlers';
import { asApiError } from './useMessageLoader';

export interface MediaHandlers {
  isOrdering: boolean;
  /** Why the last order of this conversation was refused. */
  error: ApiError | null;
  clearError: () => void;
  handleOrder: (order: MediaOrder, assets: Asset[], place?: MediaPlace) => Promise<SendOutcome>;
}

/** Order pictures and clips in a conversation (a new one, if there is none yet). */
export function useMediaHandlers({ conversationId }: { conversationId: string | null }): MediaHandlers {
  const navigate = useNavigate();
  const [failure, setFailure] = useState<{ conversationId: string | null; error: ApiError } | null>(null);
  const [isOrdering, setOrdering] = useState(false);

  const handleOrder = useCallback(
    async (order: MediaOrder, assets: Asset[], place?: MediaPlace) => {
      setFailure(null);
      setOrdering(true);
      let id = conversationId;
      try {
        id ??= await startConversation();
        const where = place ?? nextPlace(id);
        const taken = orderMedia(id, order, assets, where);
        if (!conversationId) void navigate(`/c/${id}`);
        await taken.catch((problem) => noteStaleOrder(id, order, where, problem));
        return { taken: true, conversationId: id };
      } catch (problem) {
        const error = asApiError(problem);
        setFailure({ conversationId: id, error });
        noteRefusal(id, error);
        return { taken: false, conversationId: id };
      } finally {
        setOrdering(false);
      }
    },
    [conversationId, navigate],
  );
  return {
    isOrdering,
    error: failure && failure.conversationId === conversationId ? failure.error : null,
    clearError: useCallback(() => setFailure(null), []),
    handleOrder,
  };
}

/** The conversation went on elsewhere: load what is new, and leave the decision to its owner. */
async function noteStaleOrder(
  id: string | null,
  order: MediaOrder,
  place: MediaPlace,
  problem: unknown,
): Promise<never> {
  if (id && asApiError(problem).code === 'stale_parent') {
    const send = { content: order.prompt, modelId: order.modelId, parentId: place.parentId };
    useConversationRuntimeStore.getState().setStale(id, send);
    useChatStore.getState().setMessages(id, await getMessages(id));
  }
  throw problem;
}
