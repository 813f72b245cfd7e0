import { Clapperboard } from 'lucide-react';
import { useI18n } from '@/i18n';
import { useStoryboardStore } from '@/stores/useStoryboardStore';
import type { Storyboard } from '@/types/storyboard';
import { NO_BOARD, turnOn } from '@/utils/storyboard';
import { boardKey } from '@/utils/storyboardStorage';

interface StoryboardToggleProps {
  conversationId: string | null;
  board: Storyboard;
}

/** Make the next clip shot by shot, or in one take; what was written stays. */
export function StoryboardToggle({ conversationId, board }: StoryboardToggleProps) {
  const { t } = useI18n();
  const toggle = (): void => {
    const { boards, setBoard } = useStoryboardStore.getState();
    const kept = boards[boardKey(conversationId)] ?? NO_BOARD;
    setBoard(conversationId, board.isOn ? { ...kept, isOn: false } : turnOn(kept));
  };
  return (
    <button
      type="button"
      aria-pressed={board.isOn}
      title={t('board.title')}
      onClick={toggle}
      className="flex h-8 shrink-0 items-center gap-2 rounded-2 px-2.5 text-small text-ink-2 hover:bg-selected hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-ink max-[719px]:h-10 max-[719px]:w-11 max-[719px]:justify-center"
    >
      <Clapperboard
        size={16}
        strokeWidth={1.6}
        aria-hidden="true"
        className={board.isOn ? 'text-accent' : ''}
      />
      <span className="max-[719px]:sr-only">{t('board.name')}</span>
    </button>
  );
}
