import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { useConversationList } from '@/hooks/useConversationList';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { removeConversation, updateConversationTitle } from '@/services/conversationService';
import { inListOrder } from '@/stores/conversationSlice';
import { useConversationStore } from '@/stores/useChatStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Conversation } from '@/types';
import { getConversationTaskBadge } from '@/utils/taskUtils';
import { ConversationItem } from './ConversationItem';
import { groupConversationsByDate } from './conversationUtils';
import { DeleteConfirmModal } from './DeleteConfirmModal';

interface ConversationListProps {
  query: string;
  onOpen: () => void;
}

/** All conversations by day, last used first. */
export function ConversationList({ query, onOpen }: ConversationListProps) {
  const { t, locale, errorText } = useI18n();
  const navigate = useNavigate();
  const notify = useNotices((state) => state.show);
  const conversations = useConversationStore((state) => state.conversations);
  const currentId = useConversationStore((state) => state.currentConversationId);
  const { hasMore, loading, failed, loadMore } = useConversationList();
  const [toDelete, setToDelete] = useState<Conversation | null>(null);

  const isBusy = useTaskStore(
    ({ tasks }) => toDelete !== null && getConversationTaskBadge(toDelete.id, tasks).processing > 0,
  );

  const groups = useMemo(() => {
    const wanted = query.trim().toLowerCase();
    const shown = inListOrder(conversations).filter((item) => item.title.toLowerCase().includes(wanted));
    return Object.entries(
      groupConversationsByDate(
        shown,
        { today: t('sidebar.today'), yesterday: t('sidebar.yesterday') },
        locale,
      ),
    );
  }, [conversations, query, t, locale]);

  const tryTo = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };
  const confirmDelete = async (): Promise<void> => {
    if (!toDelete) return;
    await tryTo(() => removeConversation(toDelete.id));
    if (toDelete.id === currentId) void navigate('/');
    setToDelete(null);
  };

  return (
    <nav aria-label={t('sidebar.label')} className="min-h-0 flex-1 overflow-y-auto pb-3">
      {groups.map(([day, items]) => (
        <section key={day} aria-label={day}>
          <h2 className="px-3 pt-3.5 pb-1 text-caption text-ink-3">{day}</h2>
          <ul>
            {items.map((conversation) => (
              <li key={conversation.id}>
                <ConversationItem
                  conversation={conversation}
                  isCurrent={conversation.id === currentId}
                  onOpen={onOpen}
                  onRename={(title) => void tryTo(() => updateConversationTitle(conversation.id, title))}
                  onDelete={() => setToDelete(conversation)}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {groups.length === 0 && !loading && !failed && (
        <p className="px-3 pt-4 text-small text-ink-3">
          {query ? t('sidebar.noHits', { query }) : t('sidebar.empty')}
        </p>
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
