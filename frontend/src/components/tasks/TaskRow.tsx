import { X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { type MessageKey, useI18n } from '@/i18n';
import { cancelTask, retryTask } from '@/services/tasks';
import type { MediaTask } from '@/types/live';
import { formatCredits } from '@/utils/credits';
import { TaskThumb } from './TaskThumb';

const KINDS: Record<MediaTask['kind'], MessageKey> = { image: 'tasks.image', video: 'tasks.video' };

interface TaskRowProps {
  task: MediaTask;
  /** Its conversation is opened. */
  onOpen: () => void;
  /** It was begun once more: this one needs no place any more. */
  onRetried: () => void;
}

/** One picture or clip: what it is to be, how far it is, and what it costs. */
export function TaskRow({ task, onOpen, onRetried }: TaskRowProps) {
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const [busy, setBusy] = useState(false);
  const words = task.prompt.trim() || task.request.shots[0]?.prompt;
  const title = words?.split('\n')[0] || t(KINDS[task.kind]);

  const tryTo = async (action: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await action();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    } finally {
      setBusy(false);
    }
  };
  const retry = async (): Promise<void> => {
    await retryTask(task);
    onRetried();
  };

  return (
    <li className="relative flex gap-3 border-t border-line py-[11px]">
      <TaskThumb task={task} />
      <div className="min-w-0 flex-1">
        <TaskTitle task={task} title={title} onOpen={onOpen} />
        <TaskWords task={task} />
        {task.state === 'failed' && (
          <p className="text-caption text-ink-2">
            <Returned task={task} />
            {task.held_mc !== null && !task.storyboard && ' · '}
            {/* A film is mended shot by shot, where it stands. */}
            {!task.storyboard && (
              <button
                type="button"
                disabled={busy}
                aria-label={t('tasks.retry', { title })}
                onClick={() => void tryTo(retry)}
                className="relative z-10 underline underline-offset-3 hover:text-ink max-[719px]:py-2"
              >
                {t('common.retry')}
              </button>
            )}
          </p>
        )}
        <TaskLevel task={task} title={title} />
      </div>
      {(task.state === 'waiting' || task.state === 'queued') && (
        <IconButton
          label={t('tasks.cancel', { title })}
          disabled={busy}
          onClick={() => void tryTo(() => cancelTask(task.id))}
          className="relative z-10 -mt-1.5 -mr-2"
        >
          <X size={15} strokeWidth={1.6} />
        </IconButton>
      )}
    </li>
  );
}

/** The title; with a conversation, the whole row leads to it. */
function TaskTitle({ task, title, onOpen }: { task: MediaTask; title: string; onOpen: () => void }) {
  const words = 'block truncate text-small leading-[1.35] font-medium';
  if (!task.conversation_id) return <p className={words}>{title}</p>;
  return (
    <Link
      to={`/c/${task.conversation_id}`}
      onClick={onOpen}
      className={`${words} rounded-1 after:absolute after:inset-0 after:content-['']`}
    >
      {title}
    </Link>
  );
}

/** Where a task stands, in words. */
function TaskWords({ task }: { task: MediaTask }) {
  const { t, locale, errorText } = useI18n();
  const kind = t(KINDS[task.kind]);
  const held = task.held_mc ? t('tasks.held', { amount: formatCredits(task.held_mc, locale) }) : null;
  const parts = (...words: (string | null)[]): ReactNode => (
    <p className="text-caption text-ink-2">{words.filter(Boolean).join(' · ')}</p>
  );
  switch (task.state) {
    case 'waiting':
      return parts(task.place ? t('tasks.place', { place: task.place }) : t('tasks.waiting'), held);
    case 'queued':
    case 'submitting':
      if (task.pause_reason && task.state === 'queued')
        return parts(t('tasks.paused', { reason: errorText({ code: task.pause_reason }) }), held);
      return parts(kind, t('tasks.beginning'), held);
    case 'running':
      return parts(kind, task.progress === null ? t('tasks.developing') : `${task.progress}%`, held);
    case 'saving':
      return parts(kind, t('tasks.saving'), held);
    case 'unconfirmed':
      return parts(kind, t('tasks.unconfirmed'), held);
    case 'completed':
      return (
        <p className="text-caption text-ok">
          {t('tasks.done', { amount: formatCredits(task.charged_mc ?? 0, locale) })}
        </p>
      );
    case 'failed':
      return (
        <p className="text-caption text-danger">{errorText(task.error ?? { code: 'provider_unknown' })}</p>
      );
    case 'cancelled':
      return (
        <p className="text-caption text-ink-2">
          {t('tasks.cancelled')}
          {task.held_mc !== null && ' · '}
          <Returned task={task} />
        </p>
      );
  }
}

function Returned({ task }: { task: MediaTask }) {
  const { t, locale } = useI18n();
  if (task.held_mc === null) return null;
  return t('tasks.returned', { amount: formatCredits(task.held_mc - (task.charged_mc ?? 0), locale) });
}

/** How far a task is, as a line; dashed while it has not begun. */
function TaskLevel({ task, title }: { task: MediaTask; title: string }) {
  if (task.finished_at) return null;
  if (task.state === 'waiting' || task.state === 'queued')
    return <div aria-hidden="true" className="dashed mt-[7px] h-[3px]" />;
  return (
    <div
      role="progressbar"
      aria-label={title}
      aria-valuenow={task.progress ?? undefined}
      aria-valuemin={0}
      aria-valuemax={100}
      className="mt-[7px] h-[3px] overflow-hidden rounded-[2px] bg-line"
    >
      <div
        className="h-full w-full origin-left bg-accent transition-transform duration-900 ease-in-out"
        style={{ transform: `scaleX(${(task.progress ?? 0) / 100})` }}
      />
    </div>
  );
}
