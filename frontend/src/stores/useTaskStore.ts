import { create } from 'zustand';
import type { ErrorInfo, LimitScope, TaskKind } from '@/types';
import type { Task } from '@/types/live';
import { timeOfId } from '@/utils/ids';
import { createTask, holdsSlot, isActive, isUnseen, mergeTask } from '@/utils/taskUtils';

export type { Task };
export { createTask, isActive };

/** How many of a kind may run at once; a conversation's limit is null until it was asked for. */
export interface KindLimit {
  user: number;
  conversation: number | null;
}

export interface Permission {
  allowed: boolean;
  /** The limit that is reached. */
  reason?: LimitScope;
}

export interface TaskStore {
  tasks: Record<string, Task>;
  limits: Partial<Record<TaskKind, KindLimit>>;
  /** Note that a task began, and return its id. */
  startTask: (conversationId: string, type: TaskKind, id?: string) => string;
  /** Note how far a task is; without an id, the newest one of its conversation. */
  updateTaskProgress: (
    conversationId: string,
    progress: number | null,
    content?: string,
    id?: string,
  ) => void;
  /** Note that a task ended well, and what came of it. */
  completeTask: (conversationId: string, result?: string, id?: string) => void;
  /** Note that a task ended without a result, and why. */
  failTask: (conversationId: string, error: ErrorInfo, id?: string) => void;
  /** Tell whether one more may begin, by the server's limits as they were told last; unknown ones allow. */
  canStartTask: (conversationId: string | null, type?: TaskKind) => Permission;
  /** Return how many tasks have not ended. */
  getActiveTaskCount: () => number;
  /** Take in tasks as the server lists them: what has ended stays ended, what is followed here is known better. */
  mergeTasks: (tasks: Task[]) => void;
  /** Put what events made of all tasks in their place. */
  replaceTasks: (tasks: Record<string, Task>) => void;
  /** Note which conversation somebody looks at, if any: what has ended there is seen. */
  showConversation: (conversationId: string | null) => void;
  shownId: string | null;
  /** Note that some were seen, on another page. */
  markSeen: (ids: string[]) => void;
  /** Note that everything that has ended was seen. */
  clearFinished: () => void;
  /** Forget tasks that ended where nobody here saw it. Media tasks tell themselves when they end. */
  dropTasks: (ids: string[]) => void;
  /** Note the server's limits of a kind. */
  setLimit: (type: TaskKind, limit: KindLimit) => void;
}

const FINISHED_MAX = 20;

/** Everything of a user that runs or has just ended, on this page or elsewhere, and how much may run at once. */
export const useTaskStore = create<TaskStore>()((set, get) => {
  const change = (conversationId: string, id: string | undefined, step: Partial<Task>): void =>
    set(({ tasks, shownId }) => {
      const task = id ? tasks[id] : newestIn(tasks, conversationId);
      if (!task || !isActive(task)) return {};
      const changed = { ...task, ...step };
      if (!isActive(changed)) changed.unseen = isUnseen(changed, shownId);
      return { tasks: withoutOldest({ ...tasks, [task.id]: changed }) };
    });

  return {
    tasks: {},
    limits: {},
    shownId: null,
    startTask: (conversationId, type, serverId) => {
      const id = serverId ?? crypto.randomUUID();
      const startedAt = serverId ? timeOfId(serverId) : Date.now();
      const task = { ...createTask(id, type, conversationId, startedAt), followed: true };
      set(({ tasks }) => ({ tasks: { ...tasks, [id]: task } }));
      return id;
    },
    updateTaskProgress: (conversationId, progress, content = '', id) =>
      change(conversationId, id, { status: 'running', progress, content }),
    completeTask: (conversationId, result, id) =>
      change(conversationId, id, { status: 'completed', progress: 100, result: result ?? null }),
    failTask: (conversationId, error, id) => change(conversationId, id, { status: 'failed', error }),
    canStartTask: (conversationId, type = 'chat') => judge(get(), conversationId, type),
    getActiveTaskCount: () => Object.values(get().tasks).filter(isActive).length,
    mergeTasks: (told) =>
      set(({ tasks, shownId }) => {
        const taken = told.map((task) => mergeTask(tasks[task.id], task, shownId));
        return {
          tasks: withoutOldest({ ...tasks, ...Object.fromEntries(taken.map((task) => [task.id, task])) }),
        };
      }),
    dropTasks: (ids) =>
      set(({ tasks }) => ({
        tasks: Object.fromEntries(
          Object.entries(tasks).filter(([id, task]) => !ids.includes(id) || (task.media && isActive(task))),
        ),
      })),
    replaceTasks: (tasks) => set({ tasks: withoutOldest(tasks) }),
    showConversation: (shownId) =>
      set(({ tasks }) => ({ shownId, tasks: markSeen(tasks, (task) => task.conversationId === shownId) })),
    markSeen: (ids) => set(({ tasks }) => ({ tasks: markSeen(tasks, ({ id }) => ids.includes(id)) })),
    clearFinished: () => set(({ tasks }) => ({ tasks: markSeen(tasks, () => true) })),
    setLimit: (type, limit) =>
      set(({ limits }) => ({
        limits: {
          ...limits,
          [type]: { ...limit, conversation: limit.conversation ?? limits[type]?.conversation ?? null },
        },
      })),
  };
});

/** Return what holds the slots of a limit, the one that began first at the front: it is likely to end first. */
export function holdersOf(
  { tasks }: Pick<TaskStore, 'tasks'>,
  scope: LimitScope,
  conversationId: string | null,
  type: TaskKind = 'chat',
): Task[] {
  return Object.values(tasks)
    .filter((task) => holdsSlot(task) && task.kind === type)
    .filter((task) => scope === 'user' || task.conversationId === conversationId)
    .sort((a, b) => a.startedAt - b.startedAt || a.id.localeCompare(b.id));
}

function judge(state: TaskStore, conversationId: string | null, type: TaskKind): Permission {
  const limit = state.limits[type];
  if (!limit) return { allowed: true };
  if (holdersOf(state, 'user', conversationId, type).length >= limit.user)
    return { allowed: false, reason: 'user' };
  const here = conversationId ? holdersOf(state, 'conversation', conversationId, type).length : 0;
  if (limit.conversation !== null && here >= limit.conversation)
    return { allowed: false, reason: 'conversation' };
  return { allowed: true };
}

function markSeen(tasks: Record<string, Task>, isSeen: (task: Task) => boolean): Record<string, Task> {
  if (!Object.values(tasks).some((task) => task.unseen && isSeen(task))) return tasks;
  return Object.fromEntries(
    Object.entries(tasks).map(([id, task]) => [
      id,
      task.unseen && isSeen(task) ? { ...task, unseen: false } : task,
    ]),
  );
}

function newestIn(tasks: Record<string, Task>, conversationId: string): Task | undefined {
  return Object.values(tasks)
    .filter((task) => task.conversationId === conversationId && isActive(task))
    .sort((a, b) => b.startedAt - a.startedAt)[0];
}

/** What has ended is kept for a while only: the oldest go. */
function withoutOldest(tasks: Record<string, Task>): Record<string, Task> {
  const ended = Object.values(tasks).filter((task) => !isActive(task));
  if (ended.length <= FINISHED_MAX) return tasks;
  ended.sort((a, b) => a.startedAt - b.startedAt);
  const gone = new Set(ended.slice(0, ended.length - FINISHED_MAX).map((task) => task.id));
  return Object.fromEntries(Object.entries(tasks).filter(([id]) => !gone.has(id)));
}
