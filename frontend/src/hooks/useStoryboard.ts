import { useMemo } from 'react';
import { boardOf, useStoryboardStore } from '@/stores/useStoryboardStore';
import type { MediaCapabilities, Shot } from '@/types';
import { fitBoard, makesStoryboards, NO_BOARD, orderOfBoard } from '@/utils/storyboard';

const NO_ORDER = { shots: [] as Shot[], chain: null, continuous: false };

/** The storyboard of a conversation as its model takes it, and what would be ordered by it. */
export function useStoryboard(conversationId: string | null, media: MediaCapabilities | null) {
  const kept = useStoryboardStore((state) => boardOf(state, conversationId));
  const isPossible = makesStoryboards(media);
  const isOn = isPossible && (kept.isOn || media?.shots_required === true);
  return useMemo(() => {
    const board = media && isOn ? fitBoard({ ...kept, isOn }, media) : NO_BOARD;
    return { isPossible, board, ordered: media && isOn ? orderOfBoard(board, media) : NO_ORDER };
  }, [kept, media, isOn, isPossible]);
}
