import { type MouseEvent, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '@/components/ui/Button';
import { ConfirmDialog } from '@/components/ui/Dialog';
import { useNotices } from '@/components/ui/Toast';
import { useConversationList } from '@/hooks/useConversationList';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { removeConversations } from '@/services/conversationService';
import { inListOrder } from '@/stores/conversationSlice';
import { useConversationStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import { getConversationTaskBadge } from '@/utils/taskUtils';

interface SelectListProps {
  /** Choose among those that were put away. */
  archived: boolean;
  /** What is chosen to begin with. */
  first: string | null;
  onDone: () => void;
}

/** The list with boxes to tick: choose several conversations and delete them. Escape leaves. */
export function SelectList({ archived, first, onDone }: SelectListProps) {
  const { t, errorText } = useI18n();
  const navigate = useNavigate();
  const notify = useNotices((state) => state.show);
  const conversations = useConversationStore((state) => state.conversations);
  const currentId = useConversationStore((state) => state.currentConversationId);
  const { hasMore, loading, failed, loadMore } = useConversationList(archived);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set(first ? [first] : []));
  const [asking, setAsking] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const last = useRef(first);
  const listed = inListOrder(conversations, archived);
  // Another device may have deleted some meanwhile.
  const chosen = listed.filter(({ id }) => ticked.has(id));
  const count = chosen.length;
  const isBusy = useTaskStore(({ tasks }) =>
    chosen.some(({ id }) => getConversationTaskBadge(id, tasks).processing > 0),
  );

  const tick = (id: string, on: boolean, event: MouseEvent): void => {
    const from = listed.findIndex((item) => item.id === (event.shiftKey ? last.current : id));
    const to = listed.findIndex((item) => item.id === id);
    const range = listed.slice(from < 0 ? to : Math.min(from, to), Math.max(from, to) + 1);
    const next = new Set(ticked);
    for (const item of range) on ? next.add(item.id) : next.delete(item.id);
    last.current = id;
    setTicked(next);
  };
  const confirm = async (): Promise<void> => {
    const ids = chosen.map(({ id }) => id);
    setAsking(false);
    setDeleting(true);
    try {
      await removeConversations(ids);
      notify(t(count === 1 ? 'select.deletedOne' : 'select.deleted', { count }));
      if (currentId && ids.includes(currentId)) void navigate('/');
      onDone();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
      setDeleting(false);
    }
  };

  const words =
    count === 0 ? t('select.noneChosen') : t(count === 1 ? 'select.countOne' : 'select.count', { count });
  const question =
    count === 1
      ? t(isBusy ? 'deleteConversation.textBusy' : 'deleteConversation.text', {
          title: chosen[0]?.title || t('sidebar.untitled'),
        })
      : t(isBusy ? 'select.textBusy' : 'select.text', { count });
  return (
    <fieldset
      aria-label={t('select.begin')}
      className="flex min-h-0 flex-1 flex-col"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || asking) return;
        event.stopPropagation();
        onDone();
      }}
    >
      <div className="flex items-center justify-between gap-1 py-1.5 pl-3">
        <p role="status" className="min-w-0 truncate text-small font-medium">
          {words}
        </p>
        <Button
          look="quiet"
          className="px-2.5"
          onClick={() => setTicked(new Set(listed.map(({ id }) => id)))}
        >
          {t('select.all')}
        </Button>
      </div>
      <ul className="min-h-0 flex-1 overflow-y-auto pb-2">
        {listed.map(({ id, title }, index) => (
          <li key={id}>
            <label className="flex h-9 items-center gap-2.5 rounded-[8px] px-3 text-[14px] hover:bg-sunken has-checked:bg-selected has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus max-[719px]:h-11">
              <input
                type="checkbox"
                // biome-ignore lint/a11y/noAutofocus: whoever begins to choose goes on here
                autoFocus={first ? id === first : index === 0}
                checked={ticked.has(id)}
                onClick={(event) => tick(id, event.currentTarget.checked, event)}
                onChange={() => undefined}
                className="size-4 shrink-0 accent-accent outline-none"
              />
              <span className="min-w-0 flex-1 truncate">{title || t('sidebar.untitled')}</span>
            </label>
          </li>
        ))}
        {(hasMore || failed) && (
          <li>
            <Button look="quiet" className="mt-2 w-full" disabled={loading} onClick={loadMore}>
              {failed ? t('common.retry') : t('sidebar.loadMore')}
            </Button>
          </li>
        )}
      </ul>
      <div className="flex gap-2 border-t border-line py-2.5">
        <Button
          look="danger"
          className="min-w-0 flex-1 disabled:text-ink-3"
          disabled={count === 0 || deleting}
          onClick={() => setAsking(true)}
        >
          {t('common.delete')}
        </Button>
        <Button onClick={onDone}>{t('select.done')}</Button>
      </div>
      <ConfirmDialog
        open={asking}
        title={t('select.title')}
        text={question}
        action={t(count === 1 ? 'deleteConversation.action' : 'select.action', { count })}
        onConfirm={() => void confirm()}
        onClose={() => setAsking(false)}
      />
    </fieldset>
  );
}
