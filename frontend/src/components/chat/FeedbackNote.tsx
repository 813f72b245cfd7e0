import { type KeyboardEvent, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import type { Feedback } from '@/types';

const CHARS_MAX = 1000;

interface FeedbackNoteProps {
  feedback: Feedback;
  onSave: (comment: string) => Promise<void>;
  onClose: () => void;
}

/** A few words on what one thinks of an answer; the thumb counts without them. */
export function FeedbackNote({ feedback, onSave, onClose }: FeedbackNoteProps) {
  const { t } = useI18n();
  const [comment, setComment] = useState(feedback.comment);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    onClose();
  };
  return (
    <form
      aria-label={t('feedback.note')}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void onSave(comment.trim());
      }}
      className="order-last mt-1 ml-2 flex w-full max-w-[560px] flex-wrap items-end justify-end gap-2"
    >
      <textarea
        rows={2}
        value={comment}
        maxLength={CHARS_MAX}
        aria-label={t('feedback.comment')}
        placeholder={t(feedback.rating === 'up' ? 'feedback.whyGood' : 'feedback.whyBad')}
        onChange={(event) => setComment(event.target.value)}
        className="min-w-48 flex-1 resize-none max-[719px]:basis-full rounded-2 border border-line-strong bg-raised px-3 py-2 text-small placeholder:text-ink-3 max-[719px]:text-[16px]"
      />
      <Button type="submit" disabled={!comment.trim()}>
        {t('feedback.save')}
      </Button>
      <Button look="quiet" onClick={onClose}>
        {t('common.close')}
      </Button>
    </form>
  );
}
