import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';
import type { StoryboardShot } from '@/types';

const CHARS_MAX = 2_000;

interface ShotDialogProps {
  shot: StoryboardShot;
  /** What the button says: that it is made again, and at which price. */
  action: string;
  isOff: boolean;
  onClose: () => void;
  onSend: (words: string) => void;
}

/** Other words for a shot that did not come off. */
export function ShotDialog({ shot, action, isOff, onClose, onSend }: ShotDialogProps) {
  const { t } = useI18n();
  const [words, setWords] = useState(shot.prompt);
  const sent = words.trim();
  return (
    <Dialog open size="medium" title={t('board.shot', { number: shot.number })} onClose={onClose}>
      <form
        className="flex flex-col gap-4 overflow-y-auto p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (sent && !isOff) onSend(sent);
        }}
      >
        <textarea
          aria-label={t('board.words', { number: shot.number })}
          rows={4}
          maxLength={CHARS_MAX}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          className="w-full resize-none rounded-2 border border-line-strong bg-raised px-3.5 py-2.5 text-body max-[719px]:text-[16px]"
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" disabled={isOff || !sent}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
