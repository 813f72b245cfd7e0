import { X } from 'lucide-react';
import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import { assetUrl } from '@/services/assets';
import type { MediaTask } from '@/types';
import { formatCredits } from '@/utils/credits';
import { announcedStep, isCancellable, phaseOf, secondsLeft } from '@/utils/developing';

const CHIP =
  'num inline-flex h-[30px] items-center gap-1.5 rounded-full bg-raised px-3 text-[12.5px] whitespace-nowrap';
const MINUTE_S = 60;
/** The line can be seen from the beginning. */
const LEVEL_MIN = 1;

interface MediaPlaceholderProps {
  task: MediaTask;
  /** Width over height of the result. */
  ratio: number;
  width: string;
  /** False while the server has not taken it. */
  isStored: boolean;
  isCancelling: boolean;
  busy: boolean;
  onCancel: () => void;
  onRetry: () => void;
}

/** Blank paper in the final shape, in which a picture develops: how far it is, and how long it will take. */
export function MediaPlaceholder(props: MediaPlaceholderProps) {
  const { task, ratio, width } = props;
  const phase = phaseOf(task);
  const hasEnded = phase === 'failed' || phase === 'cancelled';
  return (
    <div
      className="paper relative max-w-full overflow-hidden rounded-3"
      style={{ width, aspectRatio: ratio, minHeight: hasEnded ? 132 : undefined }}
    >
      {hasEnded ? <Ended {...props} /> : <Developing {...props} />}
    </div>
  );
}

function Developing({ task, isStored, isCancelling, onCancel }: MediaPlaceholderProps) {
  const { t } = useI18n();
  const phase = phaseOf(task);
  const level = phase === 'developing' ? (task.progress ?? 0) : phase === 'saving' ? 100 : null;
  const state = usePhaseText(task);
  const left = phase === 'developing' ? secondsLeft(task, Date.now()) : null;
  return (
    <>
      <div
        role="progressbar"
        aria-label={state}
        aria-valuenow={level ?? undefined}
        className="absolute inset-0"
      >
        <Beneath task={task} level={level} />
        <Level level={phase === 'queued' ? 0 : level} isDashed={phase === 'queued'} />
      </div>
      <p aria-live="polite" className="sr-only">
        {phase === 'developing' ? t('media.developingAt', { percent: announcedStep(task.progress) }) : state}
      </p>
      <div className="absolute inset-x-3 bottom-3 flex flex-wrap items-center gap-2">
        <span className={CHIP} aria-hidden="true">
          {state}
          {phase === 'developing' && (
            <b className="font-semibold">{t('media.percent', { percent: task.progress ?? 0 })}</b>
          )}
        </span>
        {left !== null && <TimeLeft seconds={left} />}
        <span className="flex-1" />
        {isStored && isCancellable(task) && (
          <button
            type="button"
            onClick={onCancel}
            disabled={isCancelling}
            className={`${CHIP} font-sans hover:bg-selected disabled:text-ink-3 max-[719px]:h-11`}
          >
            <X size={15} strokeWidth={1.8} aria-hidden="true" />
            {t('common.cancel')}
          </button>
        )}
      </div>
    </>
  );
}

/** What lies under the level: the picture that it builds on, else the paper's own grain. */
function Beneath({ task, level }: { task: MediaTask; level: number | null }) {
  const first = task.request.references[0];
  const hidden = level === null ? 100 : 100 - level;
  return (
    <div
      className="absolute inset-0 transition-[clip-path] duration-900 ease-in-out"
      style={{ clipPath: `inset(${hidden}% 0 0 0)` }}
    >
      {first ? (
        <img
          src={assetUrl({ id: first.asset_id }, 'thumbnail')}
          alt=""
          className="absolute -inset-[6%] size-[112%] max-w-none object-cover blur-[9px]"
        />
      ) : (
        <Grain />
      )}
    </div>
  );
}

function Grain() {
  return (
    <svg aria-hidden="true" className="absolute inset-0 size-full opacity-40 mix-blend-multiply">
      <filter id="paper-grain">
        <feTurbulence type="fractalNoise" baseFrequency="0.012 0.02" numOctaves="3" seed="7" />
        <feColorMatrix values="0 0 0 0 0.45  0 0 0 0 0.4  0 0 0 0 0.34  0 0 0 1.5 -0.35" />
      </filter>
      <rect width="100%" height="100%" filter="url(#paper-grain)" />
    </svg>
  );
}

/** The line at which the developer stands; without a number it breathes near the bottom. */
function Level({ level, isDashed }: { level: number | null; isDashed: boolean }) {
  return (
    <div
      aria-hidden="true"
      className={`pointer-events-none absolute inset-0 transition-transform duration-900 ease-in-out ${level === null ? 'breathing' : ''}`}
      style={level === null ? undefined : { transform: `translateY(${100 - Math.max(level, LEVEL_MIN)}%)` }}
    >
      <div className={`absolute inset-x-0 top-0 ${isDashed ? 'level-dashed -mt-0.5' : 'level'}`} />
    </div>
  );
}

function Ended({ task, busy, onRetry }: MediaPlaceholderProps) {
  const { t, locale, errorText } = useI18n();
  const isCancelled = task.state === 'cancelled';
  const charged = task.charged_mc ?? 0;
  const returned = Math.max(0, (task.held_mc ?? 0) - charged);
  return (
    <div
      role={isCancelled ? undefined : 'alert'}
      className="absolute inset-0 flex flex-col items-start justify-end gap-1.5 p-4 text-small"
    >
      {isCancelled ? (
        <p className="text-ink">{t('media.cancelled')}</p>
      ) : (
        <p className="text-danger">{task.error ? errorText(task.error) : t('media.failed')}</p>
      )}
      <p className="text-ink-2">
        {returned > 0
          ? t('ledger.returnedAmount', { amount: formatCredits(returned, locale) })
          : t('chat.nothingCharged')}
      </p>
      <Button onClick={onRetry} disabled={busy} className="mt-1">
        {t('common.retry')}
      </Button>
    </div>
  );
}

function usePhaseText(task: MediaTask): string {
  const { t } = useI18n();
  switch (phaseOf(task)) {
    case 'queued':
      return task.place ? t('media.queuedAt', { place: task.place }) : t('media.queued');
    case 'starting':
      return t('media.starting');
    case 'developing':
      return t('media.developing');
    case 'saving':
      return t('media.saving');
    case 'failed':
      return t('media.failed');
    case 'cancelled':
      return t('media.cancelled');
  }
}

function TimeLeft({ seconds }: { seconds: number }) {
  const { t } = useI18n();
  return (
    <span className={CHIP}>
      {seconds < 2 * MINUTE_S
        ? t('media.secondsLeft', { count: seconds })
        : t('media.minutesLeft', { count: Math.round(seconds / MINUTE_S) })}
    </span>
  );
}
