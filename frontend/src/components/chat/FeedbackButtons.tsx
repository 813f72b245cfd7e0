import { ThumbsDown, ThumbsUp } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { useFeedback } from '@/hooks/useFeedback';
import { useI18n } from '@/i18n';
import type { Feedback, Message } from '@/types';

const FeedbackNote = lazy(() => import('./FeedbackNote').then((file) => ({ default: file.FeedbackNote })));

const THUMBS = [
  { rating: 'up', Icon: ThumbsUp, name: 'feedback.up' },
  { rating: 'down', Icon: ThumbsDown, name: 'feedback.down' },
] as const;

/** Thumbs up or down, with a comment if one likes; pressing the same thumb again takes it back. */
export function FeedbackButtons({ message, className }: { message: Message; className: string }) {
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const [isAsked, setAsked] = useState(false);
  const row = useRef<HTMLSpanElement>(null);
  const save = useFeedback(message, (error) => notify(errorText(error), true));
  const { feedback } = message;
  const choose = async (rating: Feedback['rating']): Promise<void> => {
    const isTakenBack = feedback?.rating === rating;
    setAsked(!isTakenBack);
    if (!(await save(isTakenBack ? null : { rating, comment: '' }))) setAsked(false);
  };
  const close = (): void => {
    setAsked(false);
    row.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  };
  return (
    <>
      <span ref={row} className="contents">
        {THUMBS.map(({ rating, Icon, name }) => {
          const isChosen = feedback?.rating === rating;
          return (
            <IconButton
              key={rating}
              label={t(name)}
              aria-pressed={isChosen}
              className={className}
              onClick={() => void choose(rating)}
            >
              <Icon size={16} strokeWidth={1.6} className={isChosen ? 'fill-current text-ink' : undefined} />
            </IconButton>
          );
        })}
      </span>
      {isAsked && feedback && (
        <Suspense>
          <FeedbackNote
            feedback={feedback}
            onSave={async (comment) => {
              if (await save({ ...feedback, comment })) close();
            }}
            onClose={close}
          />
        </Suspense>
      )}
    </>
  );
}
