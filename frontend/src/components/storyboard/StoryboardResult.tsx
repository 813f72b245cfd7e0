import { ArrowLeftRight, GripVertical, X } from 'lucide-react';
import { type CSSProperties, useRef, useState } from 'react';
import { Frame } from '@/components/chat/MediaFrame';
import { singleWidth } from '@/components/chat/MediaResult';
import { Button, IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useReorder } from '@/hooks/useReorder';
import { type MessageKey, useI18n } from '@/i18n';
import { assetUrl } from '@/services/assets';
import { orderShots, retryShot } from '@/services/storyboard';
import type { Asset, MediaTask, StoryboardShot } from '@/types';
import { isCancellable } from '@/utils/developing';
import { moveItem } from '@/utils/storyboard';
import { ShotFrame } from './ShotFrame';

/** How many shots stand in a row: below their film, and as they develop. */
const SMALL_COLUMNS = 6;
const TALL_COLUMNS = 5;
const WIDE_COLUMNS = 3;

interface StoryboardResultProps {
  task: MediaTask;
  /** The joined film; while it is joined anew, the one before. */
  film: Asset | undefined;
  ratio: number;
  arrives: boolean;
  isCancelling: boolean;
  /** Something else goes on in this conversation. */
  busy: boolean;
  onCancel: () => void;
}

/** A film that is made shot by shot: the film once there is one, and each shot as it stands. */
export function StoryboardResult(props: StoryboardResultProps) {
  const { task, film, ratio, arrives } = props;
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const [isOrdering, setOrdering] = useState(false);
  const [busy, setBusy] = useState(false);
  const shots = task.storyboard?.shots ?? [];
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await action();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-col gap-2.5">
      {film && (
        <div style={{ width: singleWidth(ratio) }}>
          <Frame
            asset={film}
            number={1}
            label={t('board.film')}
            arrives={arrives}
            isChosen={false}
            isChoice={false}
            onPress={() => undefined}
          />
        </div>
      )}
      {isOrdering ? (
        <OrderStrip
          shots={shots}
          ratio={ratio}
          onOrder={(order) => void attempt(() => orderShots(task, order))}
        />
      ) : (
        <ShotGrid
          {...props}
          shots={shots}
          busy={busy || props.busy}
          onRetry={(shot, words) => void attempt(() => retryShot(task, shot, words))}
        />
      )}
      <Foot {...props} isOrdering={isOrdering} onOrdering={() => setOrdering(!isOrdering)} />
    </div>
  );
}

interface ShotGridProps extends StoryboardResultProps {
  shots: StoryboardShot[];
  onRetry: (shot: StoryboardShot, words?: string) => void;
}

/** All shots in the film's order: large while they develop, small below their film. */
function ShotGrid({ task, shots, film, ratio, busy, onRetry }: ShotGridProps) {
  const { t } = useI18n();
  const isSmall = film !== undefined && shots.every((shot) => shot.assets.length > 0);
  const most = isSmall ? SMALL_COLUMNS : ratio < 1 ? TALL_COLUMNS : WIDE_COLUMNS;
  return (
    <ul
      aria-label={t('board.shots')}
      className={`grid grid-cols-[repeat(var(--columns),minmax(0,1fr))] gap-1.5 gap-y-2.5 ${isSmall ? 'max-[719px]:grid-cols-3' : 'max-[719px]:grid-cols-2'}`}
      style={{ '--columns': isSmall ? most : Math.max(2, Math.min(shots.length, most)) } as CSSProperties}
    >
      {shots.map((shot) => (
        <li key={shot.number} className="min-w-0">
          <ShotFrame
            task={task}
            shot={shot}
            ratio={ratio}
            busy={busy}
            onRetry={(words) => onRetry(shot, words)}
          />
          <Edge shot={shot} />
        </li>
      ))}
    </ul>
  );
}

/** Number, words and length below a frame, like the edge of a film. */
function Edge({ shot }: { shot: StoryboardShot }) {
  const { t } = useI18n();
  return (
    <p
      title={shot.prompt}
      className="mt-1 flex justify-between gap-2 px-0.5 text-[11px] leading-4 text-ink-2"
    >
      <span className="num font-semibold">{shot.number}</span>
      <span className="min-w-0 flex-1 truncate">{shot.prompt}</span>
      <span className="num shrink-0">{t('media.seconds', { count: shot.seconds })}</span>
    </p>
  );
}

interface OrderStripProps {
  shots: StoryboardShot[];
  ratio: number;
  onOrder: (order: number[]) => void;
}

/** The shots in a row, to be put into another order; told when one is let go. */
function OrderStrip({ shots, ratio, onOrder }: OrderStripProps) {
  const { t } = useI18n();
  const [order, setOrder] = useState(() => shots.map(({ number }) => number));
  const [said, setSaid] = useState('');
  const now = useRef(order);
  const told = useRef(order);
  const reorder = useReorder<HTMLOListElement>(
    order.map(String),
    (from, to) => {
      setSaid(t('board.moved', { from: now.current[from] ?? from + 1, to: to + 1 }));
      now.current = moveItem(now.current, from, to);
      setOrder(now.current);
    },
    () => {
      if (now.current.join() === told.current.join()) return;
      told.current = now.current;
      onOrder(now.current);
    },
  );
  return (
    <>
      <ol ref={reorder.list} aria-label={t('board.shots')} className="flex gap-1.5 overflow-x-auto pb-1">
        {order.map((number) => {
          const shot = shots.find((each) => each.number === number);
          const clip = shot?.assets[0];
          const isDragged = reorder.draggedId === String(number);
          return (
            <li key={number} className={`w-[116px] shrink-0 ${isDragged ? 'relative z-10' : ''}`}>
              <div
                className={`paper overflow-hidden rounded-2 ${isDragged ? 'shadow-2 outline-2 outline-offset-2 outline-accent' : ''}`}
                style={{ aspectRatio: ratio }}
              >
                {clip && (
                  <img
                    src={assetUrl(clip, clip.has_poster ? 'poster' : 'thumbnail')}
                    alt=""
                    className="size-full object-cover"
                  />
                )}
              </div>
              <div className="flex items-center text-[11px] text-ink-2">
                <span className="num pl-0.5 font-semibold">{number}</span>
                <span className="min-w-0 flex-1 truncate pl-2">{shot?.prompt}</span>
                <IconButton
                  label={t('board.move', { number })}
                  {...reorder.handleProps(String(number))}
                  className="-mr-1 size-8 cursor-grab touch-none active:cursor-grabbing"
                >
                  <GripVertical size={15} strokeWidth={1.6} />
                </IconButton>
              </div>
            </li>
          );
        })}
      </ol>
      <p aria-live="polite" className="sr-only">
        {said}
      </p>
    </>
  );
}

interface FootProps extends StoryboardResultProps {
  isOrdering: boolean;
  onOrdering: () => void;
}

/** How the film as a whole stands, and what can be done with it. */
function Foot({ task, film, isCancelling, isOrdering, onCancel, onOrdering }: FootProps) {
  const { t } = useI18n();
  const shots = task.storyboard?.shots ?? [];
  const words = wordsOf(task, film, isOrdering);
  const canOrder = shots.length > 1 && shots.every((shot) => shot.assets.length > 0);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <p
        role="status"
        className={`min-w-0 text-caption ${task.state === 'failed' ? 'text-danger' : 'text-ink-2'}`}
      >
        {words && t(words)}
      </p>
      <span className="flex-1" />
      {shots.some(isCancellable) && (
        <Button look="quiet" disabled={isCancelling} onClick={onCancel} className="h-8">
          <X size={15} strokeWidth={1.8} aria-hidden="true" />
          {t('common.cancel')}
        </Button>
      )}
      {canOrder && (
        <Button look="quiet" aria-pressed={isOrdering} onClick={onOrdering} className="h-8">
          <ArrowLeftRight size={15} strokeWidth={1.6} aria-hidden="true" />
          {t(isOrdering ? 'board.reorderDone' : 'board.reorder')}
        </Button>
      )}
    </div>
  );
}

function wordsOf(task: MediaTask, film: Asset | undefined, isOrdering: boolean): MessageKey | null {
  if (task.state === 'saving') return film ? 'board.joiningAnew' : 'board.joining';
  if (isOrdering) return 'board.reorderHint';
  if (task.state === 'failed') return 'board.missing';
  return null;
}
