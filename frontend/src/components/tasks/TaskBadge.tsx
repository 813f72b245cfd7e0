import { useI18n } from '@/i18n';
import type { TaskBadge as Badge } from '@/utils/taskUtils';
import { Ring } from './Ring';

/** What is being made in a conversation (how many, how far), or that something is done there and was not seen. */
export function TaskBadge({ processing, progress, completed }: Badge) {
  const { t } = useI18n();
  if (processing > 0) {
    const label = t(processing === 1 ? 'tasks.badgeOne' : 'tasks.badge', { count: processing });
    return (
      <span role="img" aria-label={label} className="flex shrink-0 items-center gap-[9px]">
        {processing > 1 && <span className="num text-[11px] font-semibold text-accent">{processing}</span>}
        <Ring progress={progress} />
      </span>
    );
  }
  if (completed === 0) return null;
  return (
    <span role="img" aria-label={t('tasks.unseen')} className="mr-1 size-[7px] shrink-0 rounded-full bg-ok" />
  );
}
