import { useEffect, useState } from 'react';
import { useSettingsStore } from '@/stores/useSettingsStore';
import { useWide } from './useNarrow';

export interface TaskTrayState {
  /** A column beside the messages; else it lies over them. */
  isColumn: boolean;
  open: boolean;
  set: (open: boolean) => void;
}

/** Whether the tasks are shown: remembered where they have a column, closed at first where they lie over the messages. */
export function useTaskTray(): TaskTrayState {
  const isColumn = useWide();
  const remembered = useSettingsStore((state) => state.taskTrayOpen);
  const change = useSettingsStore((state) => state.change);
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (isColumn) setOver(false);
  }, [isColumn]);
  return {
    isColumn,
    open: isColumn ? remembered : over,
    set: (open) => (isColumn ? change({ taskTrayOpen: open }) : setOver(open)),
  };
}
