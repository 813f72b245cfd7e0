import { create } from 'zustand';
import type { DraftShot, Storyboard } from '@/types/storyboard';
import { NO_BOARD } from '@/utils/storyboard';
import { boardKey, readBoards, writeBoards } from '@/utils/storyboardStorage';

interface StoryboardStore {
  /** The storyboards that are being written, by conversation. */
  boards: Record<string, Storyboard>;
  setBoard: (conversationId: string | null, board: Storyboard) => void;
  /** Change a shot, wherever it stands by now; what is gone is not changed. */
  changeShot: (shotId: string, changes: Partial<DraftShot>) => void;
}

/** Storyboards that are not sent yet; they outlast the page. */
export const useStoryboardStore = create<StoryboardStore>()((set, get) => {
  const keep = (boards: Record<string, Storyboard>): void => {
    set({ boards });
    writeBoards(boards);
  };
  return {
    boards: readBoards(),
    setBoard: (conversationId, board) => {
      const key = boardKey(conversationId);
      const { [key]: _before, ...others } = get().boards;
      keep({ ...others, [key]: board });
    },
    changeShot: (shotId, changes) => {
      const change = (board: Storyboard): Storyboard =>
        board.shots.some(({ id }) => id === shotId)
          ? {
              ...board,
              shots: board.shots.map((shot) => (shot.id === shotId ? { ...shot, ...changes } : shot)),
            }
          : board;
      keep(Object.fromEntries(Object.entries(get().boards).map(([key, board]) => [key, change(board)])));
    },
  };
});

/** Return the storyboard of a conversation. */
export function boardOf({ boards }: StoryboardStore, conversationId: string | null): Storyboard {
  return boards[boardKey(conversationId)] ?? NO_BOARD;
}
