import { useQuery } from '@tanstack/react-query';
import { useShallow } from 'zustand/react/shallow';
import { checkTaskLimits } from '@/services/taskService';
import { isActive, type Permission, useTaskStore } from '@/stores/useTaskStore';

const CHECK_MS = 30_000;

/**
 * Whether one more answer may begin in a conversation. The store knows what this page follows, and events tell what
 * runs elsewhere; it is asked for as well when a conversation opens, when the page is seen again, and now and then as
 * long as something runs, for where no socket gets through.
 */
export function useTaskLimits(conversationId: string | null): Permission {
  const permission = useTaskStore(useShallow((state) => state.canStartTask(conversationId)));
  const runsElsewhere = useTaskStore(({ tasks }) =>
    Object.values(tasks).some((task) => isActive(task) && !task.followed),
  );
  useQuery({
    queryKey: ['limits', conversationId],
    queryFn: () => checkTaskLimits(conversationId),
    refetchOnWindowFocus: 'always',
    refetchInterval: runsElsewhere ? CHECK_MS : false,
  });
  return permission;
}
