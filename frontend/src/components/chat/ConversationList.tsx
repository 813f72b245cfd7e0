import { ArrowLeft } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { Button, IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { useConversationList } from '@/hooks/useConversationList';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import {
  placeConversation,
  removeConversation,
  updateConversationTitle,
} from '@/services/conversationService';
import { inListOrder } from '@/stores/conversationSlice';
import { useConversationStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Conversation } from '@/types';
import { getConversationTaskBadge } from '@/utils/taskUtils';
import { ConversationItem } from './ConversationItem';
import { groupForList } from './conversationUtils';
import { DeleteConfirmModal } from './DeleteConfirmModal';

interface ConversationListProps {
  /** Show the archive instead. */
  archived: boolean;
  onLeaveArchive: () => void;
  /** Several are to be chosen, this one among them. */
  onSelect: (id: string) => void;
  onOpen: () => void;
}

/** All conversations: pinned ones, then by day, last used first; or those that were put away. */
export function ConversationList({ archived, onLeaveArchive, onSelect, onOpen }: ConversationListProps) {
  const { t, locale, errorText } = useI18n();
  const navigate = useNavigate();
  const notify = useNotices((state) => state.show);
  const conversations = useConversationStore((state) => state.conversations);
  const currentId = useConversationStore((state) => state.currentConversationId);
  const { hasMore, loading, failed, loadMore } = useConversationList(archived);
  const [toDelete, setToDelete] = useState<Conversation | null>(null);
  const list = useRef<HTMLElement>(null);

  const isBusy = useTaskStore(
    ({ tasks }) => toDelete !== null && getConversationTaskBadge(toDelete.id, tasks).processing > 0,
  );
  const groups = useMemo(() => {
    const words = {
      pinned: t('archive.pinned'),
      today: t('sidebar.today'),
      yesterday: t('sidebar.yesterday'),
    };
    return groupForList(inListOrder(conversations, archived), words, locale);
  }, [conversations, archived, t, locale]);

  const tryTo = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };
  // The row moves, or goes: whoever works with the keyboard stays with it, or at the list's beginning.
  const place = (id: string, changes: { pinned: boolean } | { archived: boolean }): void => {
    void tryTo(() => placeConversation(id, changes));
    requestAnimationFrame(() => {
      const row = list.current?.querySelector<HTMLElement>(`a[href="/c/${id}"]`);
      (row ?? list.current?.querySelector('a') ?? list.current)?.focus();
    });
  };
  const confirmDelete = async (): Promise<void> => {
    if (!toDelete) return;
    await tryTo(() => removeConversation(toDelete.id));
    if (toDelete.id === currentId) void navigate('/');
    setToDelete(null);
  };

  return (
    <nav
      ref={list}
      tabIndex={-1}
      aria-label={t(archived ? 'archive.open' : 'sidebar.label')}
      className="min-h-0 flex-1 overflow-y-auto pb-3 outline-none"
    >
      {archived && (
        <div className="flex items-center gap-1 pt-2">
          <IconButton label={t('archive.back')} onClick={onLeaveArchive}>
            <ArrowLeft size={16} strokeWidth={1.6} />
          </IconButton>
          <h2 className="text-small font-medium">{t('archive.open')}</h2>
        </div>
      )}
      {groups.map(([name, items]) => (
        <section key={name} aria-label={name}>
          <h2 className="px-3 pt-3.5 pb-1 text-caption text-ink-3">{name}</h2>
          <ul>
            {items.map((conversation) => (
              <li key={conversation.id}>
                <ConversationItem
                  conversation={conversation}
                  isCurrent={conversation.id === currentId}
                  onOpen={onOpen}
                  onRename={(title) => void tryTo(() => updateConversationTitle(conversation.id, title))}
                  onPin={() => place(conversation.id, { pinned: !conversation.pinned })}
                  onArchive={() => place(conversation.id, { archived: !conversation.archived })}
                  onSelect={() => onSelect(conversation.id)}
                  onDelete={() => setToDelete(conversation)}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {groups.length === 0 && !loading && !failed && (
        <p className="px-3 pt-4 text-small text-ink-3">{t(archived ? 'archive.empty' : 'sidebar.empty')}</p>
      )}
      {(hasMore || failed) && (
        <Button look="quiet" className="mt-2 w-full" disabled={loading} onClick={loadMore}>
          {failed ? t('common.retry') : t('sidebar.loadMore')}
        </Button>
      )}
      <DeleteConfirmModal
        open={toDelete !== null}
        busy={isBusy}
        title={toDelete?.title || t('sidebar.untitled')}
        onConfirm={() => void confirmDelete()}
        onClose={() => setToDelete(null)}
      />
    </nav>
  );
}
