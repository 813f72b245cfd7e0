import { X } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import { IconButton } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import { useTaskStore } from '@/stores/useTaskStore';
import { isActive, listMediaTasks, usedSlots } from '@/utils/taskUtils';
import { TaskRow } from './TaskRow';

const KINDS = ['image', 'video'] as const;

interface TaskTrayProps {
  onClose: () => void;
  /** A conversation was opened: what lies over the messages closes then. */
  onOpen: () => void;
}

/** All pictures and clips that are being made, that wait, or that ended since their conversation was shown last. */
export function TaskTray({ onClose, onOpen }: TaskTrayProps) {
  const { t } = useI18n();
  const tasks = useTaskStore(useShallow((state) => listMediaTasks(state.tasks)));
  const clear = useTaskStore((state) => state.clearFinished);
  const dropTasks = useTaskStore((state) => state.dropTasks);
  return (
    <div className="flex min-h-0 flex-1 flex-col px-4 pb-[max(12px,env(safe-area-inset-bottom))]">
      <div className="flex h-14 shrink-0 items-center justify-between">
        <h2 className="text-[14px] leading-[1.2] font-semibold">{t('tasks.title')}</h2>
        <IconButton label={t('tasks.close')} onClick={onClose} className="-mr-2">
          <X size={18} strokeWidth={1.6} />
        </IconButton>
      </div>
      {KINDS.map((kind) => (
        <Slots key={kind} kind={kind} />
      ))}
      {tasks.length === 0 ? (
        <p className="border-t border-line pt-3 text-small text-ink-2">{t('tasks.empty')}</p>
      ) : (
        <ul aria-label={t('tasks.title')} className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
          {tasks.map(
            ({ id, media }) =>
              media && <TaskRow key={id} task={media} onOpen={onOpen} onRetried={() => dropTasks([id])} />,
          )}
        </ul>
      )}
      {tasks.some((task) => !isActive(task)) && (
        <button
          type="button"
          onClick={clear}
          className="mt-2 h-9 shrink-0 rounded-2 text-small text-ink-2 hover:bg-selected hover:text-ink max-[719px]:h-11"
        >
          {t('tasks.clear')}
        </button>
      )}
    </div>
  );
}

/** How many of a kind run, of how many that may run at once. */
function Slots({ kind }: { kind: (typeof KINDS)[number] }) {
  const { t } = useI18n();
  const limit = useTaskStore((state) => state.limits[kind]?.user);
  const used = useTaskStore((state) => usedSlots(state.tasks, kind));
  if (limit === undefined || !Number.isFinite(limit)) return null;
  return (
    <div className="pb-4">
      <p className="flex items-baseline justify-between text-caption text-ink-2">
        <span>{t(kind === 'image' ? 'tasks.image' : 'tasks.video')}</span>
        <span className="num">{t('tasks.slots', { used, limit })}</span>
      </p>
      <div aria-hidden="true" className="mt-1.5 flex gap-1">
        {Array.from({ length: Math.min(limit, SLOTS_SHOWN_MAX) }, (_, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: slots have no other identity than their place
            key={index}
            className={`h-1 flex-1 rounded-[2px] ${index < used ? 'bg-accent' : 'bg-line'}`}
          />
        ))}
      </div>
    </div>
  );
}

const SLOTS_SHOWN_MAX = 24;
