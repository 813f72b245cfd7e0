import { Pencil, Play } from 'lucide-react';
import { useState } from 'react';
import { DevelopingPaper } from '@/components/chat/DevelopingPaper';
import { Button, IconButton } from '@/components/ui/Button';
import { useQuote } from '@/hooks/useQuote';
import { useI18n } from '@/i18n';
import { assetUrl } from '@/services/assets';
import type { Asset, MediaTask, StoryboardShot } from '@/types';
import { formatCredits } from '@/utils/credits';
import { announcedStep, levelOf, phaseOf } from '@/utils/developing';
import { ShotDialog } from './ShotDialog';

const CHIP = 'rounded-full bg-raised px-2 text-[11.5px] leading-[22px] whitespace-nowrap';

interface ShotFrameProps {
  task: MediaTask;
  shot: StoryboardShot;
  /** Width over height. */
  ratio: number;
  busy: boolean;
  /** Make it again; with words, by those instead. */
  onRetry: (words?: string) => void;
}

/** One shot of a film in the making: it develops for itself, can be looked at when it is there, and tried again. */
export function ShotFrame(props: ShotFrameProps) {
  const { task, shot, ratio } = props;
  const clip = shot.assets[0];
  const hasEnded = shot.state === 'failed' || shot.state === 'cancelled';
  const isRetryable = shot.retryable && !clip;
  return (
    <div
      className="paper relative w-full overflow-hidden rounded-2"
      style={{ aspectRatio: ratio, minHeight: hasEnded ? 124 : undefined }}
    >
      {clip ? (
        <ShotClip clip={clip} shot={shot} />
      ) : hasEnded || isRetryable ? (
        <Ended {...props} />
      ) : (
        <Developing shot={shot} isContinuous={task.storyboard?.continuous ?? false} />
      )}
    </div>
  );
}

function Developing({ shot, isContinuous }: { shot: StoryboardShot; isContinuous: boolean }) {
  const { t } = useI18n();
  const phase = phaseOf(shot);
  const words = usePhaseWords(shot, isContinuous);
  const name = `${t('board.shot', { number: shot.number })} · ${words}`;
  return (
    <>
      <div
        role="progressbar"
        aria-label={name}
        aria-valuenow={levelOf(phase, shot.progress) ?? undefined}
        className="absolute inset-0"
      >
        <DevelopingPaper phase={phase} progress={shot.progress} picture={shot.references[0]} />
      </div>
      <p aria-live="polite" className="sr-only">
        {phase === 'developing' ? t('media.developingAt', { percent: announcedStep(shot.progress) }) : words}
      </p>
      <span
        aria-hidden="true"
        className={`${CHIP} absolute bottom-2 left-2 ${phase === 'developing' ? 'num' : ''}`}
      >
        {words}
      </span>
    </>
  );
}

function usePhaseWords(shot: StoryboardShot, isContinuous: boolean): string {
  const { t } = useI18n();
  switch (phaseOf(shot)) {
    case 'queued':
      if (shot.place) return t('media.queuedAt', { place: shot.place });
      return isContinuous ? t('board.afterPrevious') : t('media.queued');
    case 'developing':
      return t('media.percent', { percent: shot.progress ?? 0 });
    case 'saving':
      return t('media.saving');
    default:
      return t('media.starting');
  }
}

/** Why a shot is missing, and what it costs to make it again. */
function Ended({ task, shot, busy, onRetry }: ShotFrameProps) {
  const { t, locale, errorText } = useI18n();
  const isFailed = shot.state === 'failed';
  return (
    <div className="absolute inset-0 flex flex-col items-start justify-end gap-1.5 p-2.5 text-caption">
      <p className={`line-clamp-3 ${isFailed ? 'text-danger' : 'text-ink'}`}>
        {isFailed ? (shot.error ? errorText(shot.error) : t('media.failed')) : t('media.cancelled')}
      </p>
      {isFailed && shot.held_mc !== null && (
        <p className="text-ink-2">
          {t('ledger.returnedAmount', { amount: formatCredits(shot.held_mc, locale) })}
        </p>
      )}
      {shot.retryable && <RetryButtons task={task} shot={shot} busy={busy} onRetry={onRetry} />}
    </div>
  );
}

/** Try it again as it was, or with other words; what that holds stands on the button. */
function RetryButtons({ task, shot, busy, onRetry }: Omit<ShotFrameProps, 'ratio'>) {
  const { t, locale } = useI18n();
  const [isEditing, setEditing] = useState(false);
  const quote = useQuote({
    modelId: task.model_id,
    conversationId: task.conversation_id,
    text: '',
    options: task.request.options,
    shotSeconds: [shot.seconds],
    chain: true,
  });
  const isOff = busy || quote?.affordable === false;
  const retry = quote
    ? t('board.retry', { amount: formatCredits(quote.maximum.amount_mc, locale) })
    : t('common.retry');
  return (
    <div className="flex max-w-full gap-1">
      <Button onClick={() => onRetry()} disabled={isOff} className="h-8 min-w-0 px-2.5">
        {retry}
        <span className="sr-only">{t('board.shot', { number: shot.number })}</span>
      </Button>
      <IconButton
        label={t('board.rewrite', { number: shot.number })}
        onClick={() => setEditing(true)}
        className="size-8 max-[719px]:size-11"
      >
        <Pencil size={14} strokeWidth={1.6} />
      </IconButton>
      {isEditing && (
        <ShotDialog
          shot={shot}
          action={retry}
          isOff={isOff}
          onClose={() => setEditing(false)}
          onSend={(words) => {
            setEditing(false);
            onRetry(words);
          }}
        />
      )}
    </div>
  );
}

/** A finished shot: its first frame, and on a press it plays. */
function ShotClip({ clip, shot }: { clip: Asset; shot: StoryboardShot }) {
  const { t } = useI18n();
  const [plays, setPlays] = useState(false);
  const name = `${t('board.shot', { number: shot.number })}: ${shot.prompt}`;
  if (plays)
    return (
      // biome-ignore lint/a11y/useMediaCaption: what a model films has no words that we know
      <video
        aria-label={name}
        src={assetUrl(clip)}
        controls
        autoPlay
        playsInline
        className="size-full object-cover"
      />
    );
  return (
    <button type="button" aria-label={name} onClick={() => setPlays(true)} className="group/clip size-full">
      <img
        src={assetUrl(clip, clip.has_poster ? 'poster' : 'thumbnail')}
        alt=""
        loading="lazy"
        className="size-full animate-sharpen object-cover"
      />
      <span
        aria-hidden="true"
        className="absolute bottom-2 left-2 grid size-7 place-items-center rounded-full bg-black/55 text-white opacity-80 group-hover/clip:opacity-100"
      >
        <Play size={13} strokeWidth={2} fill="currentColor" />
      </span>
    </button>
  );
}
