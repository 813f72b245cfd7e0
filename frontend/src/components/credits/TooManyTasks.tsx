import { Hourglass } from 'lucide-react';
import { Link } from 'react-router';
import { useShallow } from 'zustand/react/shallow';
import { useI18n } from '@/i18n';
import { useConversationStore } from '@/stores/useChatStore';
import { holdersOf, useTaskStore } from '@/stores/useTaskStore';
import type { LimitScope } from '@/types';

interface TooManyTasksProps {
  conversationId: string | null;
  scope: LimitScope;
}

/** Why nothing can be sent now: which limit is reached, and which answer likely frees a place first. */
export function TooManyTasks({ conversationId, scope }: TooManyTasksProps) {
  const { t } = useI18n();
  const limit = useTaskStore((state) => state.limits.chat?.[scope] ?? 0);
  const count = useTaskStore((state) => holdersOf(state, scope, conversationId).length);
  const first = useTaskStore(useShallow((state) => holdersOf(state, scope, conversationId)[0]));
  const place = first?.conversationId ?? null;
  const title = useConversationStore((state) => (place ? state.conversations[place]?.title : undefined));
  return (
    <div role="status" className="mb-2 flex flex-wrap items-center gap-x-2 gap-y-1 px-4 text-small text-warn">
      <Hourglass size={15} strokeWidth={1.8} aria-hidden="true" className="shrink-0" />
      <span>
        {scope === 'user' ? t('limits.user', { limit, count }) : t('limits.conversation', { limit })}
      </span>
      {place && place === conversationId && <span className="text-ink-2">{t('limits.firstHere')}</span>}
      {place && place !== conversationId && (
        <Link to={`/c/${place}`} className="text-ink underline underline-offset-3">
          {t('limits.first', { title: title || t('shortage.elsewhere') })}
        </Link>
      )}
    </div>
  );
}
