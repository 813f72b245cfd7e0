import { useCallback } from 'react';
import type { MediaPlace } from '@/services/mediaSession';
import { useComposerStore } from '@/stores/useComposerStore';
import { useStoryboardStore } from '@/stores/useStoryboardStore';
import type { MediaOrder } from '@/utils/messageFactory';
import { NO_BOARD } from '@/utils/storyboard';
import type { Composer } from './useComposer';
import type { MediaHandlers } from './useMediaHandlers';
import type { SendOutcome } from './useMessageHandlers';

/** The text that is not sent yet. */
export interface Draft {
  change: (text: string) => void;
  takeBack: (text: string, conversationId: string | null) => void;
}

/** Order what the composer holds: text, attachments and shots leave it, and come back when the order is refused. */
export function useGeneration(composer: Composer, media: MediaHandlers, draft: Draft) {
  const { attachments, assets, storyboard } = composer;
  const { board } = storyboard;
  return useCallback(
    async (
      messageContent: string,
      currentConversationId: string | null,
      order: MediaOrder | null,
      place?: MediaPlace,
    ): Promise<SendOutcome> => {
      if (!order) return { taken: false, conversationId: currentConversationId };
      const { setAttachments } = useComposerStore.getState();
      const { setBoard } = useStoryboardStore.getState();
      draft.change('');
      setAttachments(currentConversationId, []);
      if (board.isOn) setBoard(currentConversationId, NO_BOARD);
      const outcome = await media.handleOrder(order, assets, place);
      if (outcome.taken) return outcome;
      draft.takeBack(messageContent, outcome.conversationId);
      setAttachments(outcome.conversationId, attachments);
      if (board.isOn) setBoard(outcome.conversationId, board);
      return outcome;
    },
    [attachments, assets, board, media, draft],
  );
}
