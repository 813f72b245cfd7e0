import { Plus } from 'lucide-react';
import { Switch } from 'radix-ui';
import { lazy, Suspense, useId, useState } from 'react';
import { useReorder } from '@/hooks/useReorder';
import { useI18n } from '@/i18n';
import { useStoryboardStore } from '@/stores/useStoryboardStore';
import type { MediaCapabilities, Quote } from '@/types';
import type { DraftShot, Storyboard } from '@/types/storyboard';
import { formatCredits } from '@/utils/credits';
import {
  createShot,
  moveItem,
  needsClips,
  pictureRole,
  secondsChoices,
  shotCharsMax,
  shotsMax,
  totalSeconds,
} from '@/utils/storyboard';
import { ShotCard } from './ShotCard';

const WorksDialog = lazy(() =>
  import('@/components/chat/WorksDialog').then((file) => ({ default: file.WorksDialog })),
);

interface StoryboardEditorProps {
  conversationId: string | null;
  media: MediaCapabilities;
  /** The storyboard as the model takes it. */
  board: Storyboard;
  /** What sending it would hold; null while it is not known. */
  quote: Quote | null;
}

/** A film that is being written, shot by shot, as a strip of frames. */
export function StoryboardEditor({ conversationId, media, board, quote }: StoryboardEditorProps) {
  const { t } = useI18n();
  const hintId = useId();
  const [picksFor, setPicksFor] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const { shots } = board;
  const setShots = (next: DraftShot[]): void =>
    useStoryboardStore.getState().setBoard(conversationId, { ...board, shots: next });
  const reorder = useReorder<HTMLOListElement>(
    shots.map(({ id }) => id),
    (from, to) => {
      setShots(moveItem(shots, from, to));
      setSaid(t('board.moved', { from: from + 1, to: to + 1 }));
    },
  );
  const { changeShot } = useStoryboardStore.getState();
  const seconds = secondsChoices(media, needsClips(board));
  return (
    <section aria-label={t('board.title')} className="pt-2.5">
      <ol
        ref={reorder.list}
        className="flex snap-x scroll-px-[18px] gap-2 overflow-x-auto overscroll-x-contain px-[18px] pb-2 max-[719px]:snap-mandatory"
      >
        {shots.map((shot, index) => (
          <ShotCard
            key={shot.id}
            shot={shot}
            number={index + 1}
            isDragged={reorder.draggedId === shot.id}
            takesPicture={pictureRole(media) !== null}
            seconds={seconds}
            charsMax={shotCharsMax(media)}
            canRemove={shots.length > 1}
            handle={reorder.handleProps(shot.id)}
            hintId={hintId}
            onChange={(changes) => changeShot(shot.id, changes)}
            onRemove={() => setShots(shots.filter(({ id }) => id !== shot.id))}
            onOpenWorks={() => setPicksFor(shot.id)}
          />
        ))}
        {shots.length < shotsMax(media) && (
          <li className="flex shrink-0 snap-start">
            <button
              type="button"
              onClick={() => setShots([...shots, createShot(shots.at(-1))])}
              className="flex w-[104px] flex-col items-center justify-center gap-1.5 rounded-2 border border-dashed border-line-strong text-small text-ink-2 hover:bg-selected hover:text-ink"
            >
              <Plus size={18} strokeWidth={1.6} aria-hidden="true" />
              {t('board.add')}
            </button>
          </li>
        )}
      </ol>
      <p id={hintId} hidden>
        {t('board.moveHint')}
      </p>
      <p aria-live="polite" className="sr-only">
        {said}
      </p>
      <Sums conversationId={conversationId} media={media} board={board} quote={quote} />
      {picksFor && (
        <Suspense>
          <WorksDialog
            onClose={() => setPicksFor(null)}
            onPick={(picture) => {
              changeShot(picksFor, { picture });
              setPicksFor(null);
            }}
          />
        </Suspense>
      )}
    </section>
  );
}

/** How many shots, how long, at which price, and how they follow each other. */
function Sums({ conversationId, media, board, quote }: StoryboardEditorProps) {
  const { t, locale } = useI18n();
  const id = useId();
  const asClips = quote?.chain ?? needsClips(board);
  const parts = [
    t(board.shots.length === 1 ? 'board.countOne' : 'board.count', { count: board.shots.length }),
    t('media.seconds', { count: totalSeconds(board.shots) }),
    quote && t('credits.amount', { amount: formatCredits(quote.maximum.amount_mc, locale) }),
  ];
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-[18px] text-caption text-ink-2">
      <p aria-live="polite">
        <span className="num text-ink">{parts.filter(Boolean).join(' · ')}</span>
        <span className="max-[719px]:hidden"> · {t(asClips ? 'board.asClips' : 'board.asOne')}</span>
      </p>
      {media.clips?.continuous && (
        <span className="flex min-h-8 items-center gap-2 max-[719px]:min-h-11 min-[720px]:ml-auto">
          <label htmlFor={id}>{t('board.continuous')}</label>
          <Switch.Root
            id={id}
            checked={board.continuous}
            onCheckedChange={(continuous) =>
              useStoryboardStore.getState().setBoard(conversationId, { ...board, continuous })
            }
            className="h-[22px] w-10 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors duration-120 data-[state=checked]:bg-ok"
          >
            <Switch.Thumb className="block size-[18px] rounded-full bg-raised transition-transform duration-120 data-[state=checked]:translate-x-[18px]" />
          </Switch.Root>
        </span>
      )}
    </div>
  );
}
