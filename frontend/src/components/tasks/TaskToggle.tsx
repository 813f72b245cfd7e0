import { Images } from 'lucide-react';
import { useI18n } from '@/i18n';
import { useTaskStore } from '@/stores/useTaskStore';
import { isActive, meanProgress } from '@/utils/taskUtils';
import { Ring } from './Ring';

interface TaskToggleProps {
  open: boolean;
  onToggle: () => void;
}

/** How much is being made and how far it is on the whole; opens and closes the list. */
export function TaskToggle({ open, onToggle }: TaskToggleProps) {
  const { t } = useI18n();
  const count = useTaskStore(({ tasks }) => mediaIn(tasks).length);
  const progress = useTaskStore(({ tasks }) => meanProgress(mediaIn(tasks)));
  const words = count === 0 ? t('tasks.title') : t(count === 1 ? 'tasks.countOne' : 'tasks.count', { count });
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-label={words}
      title={t(open ? 'tasks.close' : 'tasks.open')}
      onClick={onToggle}
      className="flex h-[34px] shrink-0 items-center gap-2 rounded-full border border-line bg-raised px-3 text-[13px] font-medium hover:bg-sunken max-[719px]:h-11 max-[719px]:min-w-11 max-[719px]:justify-center"
    >
      {count === 0 ? <Images size={15} strokeWidth={1.6} aria-hidden="true" /> : <Ring progress={progress} />}
      <span className="max-[719px]:hidden">{words}</span>
      {count > 0 && <span className="num min-[720px]:hidden">{count}</span>}
    </button>
  );
}

function mediaIn(tasks: ReturnType<typeof useTaskStore.getState>['tasks']) {
  return Object.values(tasks).filter((task) => task.media && isActive(task));
}
