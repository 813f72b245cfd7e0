import { X } from 'lucide-react';
import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import type { MediaTask } from '@/types';
import { formatCredits } from '@/utils/credits';
import { announcedStep, isCancellable, levelOf, phaseOf, secondsLeft } from '@/utils/developing';
import { DevelopingPaper } from './DevelopingPaper';

const CHIP =
  'num inline-flex h-[30px] items-center gap-1.5 rounded-full bg-raised px-3 text-[12.5px] whitespace-nowrap';
const MINUTE_S = 60;

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
  const state = usePhaseText(task);
  const left = phase === 'developing' ? secondsLeft(task, Date.now()) : null;
  return (
    <>
      <div
        role="progressbar"
        aria-label={state}
        aria-valuenow={levelOf(phase, task.progress) ?? undefined}
        className="absolute inset-0"
      >
        <DevelopingPaper phase={phase} progress={task.progress} picture={task.request.references[0]} />
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
