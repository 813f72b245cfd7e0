import { Button } from '@/components/ui/Button';
import type { MessageHandlers } from '@/hooks/useMessageHandlers';
import { useI18n } from '@/i18n';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';

interface StaleNoticeProps {
  conversationId: string;
  onSend: MessageHandlers['handleSendMessage'];
  /** The text was sent after all. */
  onSettled: () => void;
}

/** The conversation went on elsewhere while one was writing: continue below, or branch off. */
export function StaleNotice({ conversationId, onSend, onSettled }: StaleNoticeProps) {
  const { t } = useI18n();
  const stale = useConversationRuntimeStore((state) => state.stale[conversationId]);
  if (!stale) return null;

  const settle = async (parentId: string | null, branch: boolean): Promise<void> => {
    useConversationRuntimeStore.getState().setStale(conversationId, null);
    const { taken } = await onSend(stale.content, stale.modelId, { parentId, branch });
    if (taken) onSettled();
  };
  return (
    <div role="alert" className="mb-2 flex flex-wrap items-center gap-2 px-2 text-small text-warn">
      <span className="mr-auto px-2">{t('chat.staleTitle')}</span>
      <Button
        onClick={() => void settle(useChatStore.getState().messages[conversationId]?.leafId ?? null, false)}
      >
        {t('chat.staleContinue')}
      </Button>
      <Button onClick={() => void settle(stale.parentId, true)}>{t('chat.staleBranch')}</Button>
    </div>
  );
}
