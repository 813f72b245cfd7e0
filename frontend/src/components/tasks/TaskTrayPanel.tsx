import { Drawer } from '@/components/ui/Drawer';
import type { TaskTrayState } from '@/hooks/useTaskTray';
import { useI18n } from '@/i18n';
import { TaskTray } from './TaskTray';

/** The tasks where there is room for them: a column, or over the messages. */
export function TaskTrayPanel({ tray }: { tray: TaskTrayState }) {
  const { t } = useI18n();
  const close = (): void => tray.set(false);
  if (tray.isColumn) {
    return (
      <aside
        aria-label={t('tasks.title')}
        className="flex w-[304px] shrink-0 flex-col border-l border-line bg-bg"
      >
        <TaskTray onClose={close} onOpen={() => undefined} />
      </aside>
    );
  }
  return (
    <Drawer title={t('tasks.title')} onClose={close}>
      <TaskTray onClose={close} onOpen={close} />
    </Drawer>
  );
}
