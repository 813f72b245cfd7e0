import { create } from 'zustand';
import type { ErrorInfo, LimitScope, TaskKind } from '@/types';
import { timeOfId } from '@/utils/ids';

export interface Task {
  id: string;
  kind: TaskKind;
  /** Null while it is only known that it runs somewhere. */
  conversationId: string | null;
  status: 'waiting' | 'running' | 'completed' | 'failed';
  /** In percent; null where nobody can know, as with text. */
  progress: number | null;
  /** What there is to show so far, for kinds that show something here; the text of an answer stands in its message. */
  content: string;
  startedAt: number;
  /** Whether this page follows it to its end; of others only lists tell. */
  followed: boolean;
  result: string | null;
  error: ErrorInfo | null;
}

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
  /** Take in tasks as the server lists them: what has ended here stays ended, what is followed here is known better. */
  mergeTasks: (tasks: Task[]) => void;
  /** Forget tasks that ended where nobody here saw it. */
  dropTasks: (ids: string[]) => void;
  /** Note the server's limits of a kind. */
  setLimit: (type: TaskKind, limit: KindLimit) => void;
}

const FINISHED_MAX = 20;

/** Everything of a user that runs or has just ended, on this page or elsewhere, and how much may run at once. */
export const useTaskStore = create<TaskStore>()((set, get) => {
  const change = (conversationId: string, id: string | undefined, step: Partial<Task>): void =>
    set(({ tasks }) => {
      const task = id ? tasks[id] : newestIn(tasks, conversationId);
      if (!task || !isActive(task)) return {};
      return { tasks: withoutOldest({ ...tasks, [task.id]: { ...task, ...step } }) };
    });

  return {
    tasks: {},
    limits: {},
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
      set(({ tasks }) => {
        const taken = told.map((task) => merge(tasks[task.id], task));
        return {
          tasks: withoutOldest({ ...tasks, ...Object.fromEntries(taken.map((task) => [task.id, task])) }),
        };
      }),
    dropTasks: (ids) =>
      set(({ tasks }) => ({
        tasks: Object.fromEntries(Object.entries(tasks).filter(([id]) => !ids.includes(id))),
      })),
    setLimit: (type, limit) =>
      set(({ limits }) => ({
        limits: {
          ...limits,
          [type]: { ...limit, conversation: limit.conversation ?? limits[type]?.conversation ?? null },
        },
      })),
  };
});

/** Return a task that has just begun. */
export function createTask(
  id: string,
  kind: TaskKind,
  conversationId: string | null,
  startedAt: number,
): Task {
  return {
    id,
    kind,
    conversationId,
    status: 'waiting',
    progress: null,
    content: '',
    startedAt,
    followed: false,
    result: null,
    error: null,
  };
}

/** Tell whether a task has not ended. */
export function isActive(task: Task): boolean {
  return task.status === 'waiting' || task.status === 'running';
}

/** Return what holds the slots of a limit, the one that began first at the front: it is likely to end first. */
export function holdersOf(
  { tasks }: Pick<TaskStore, 'tasks'>,
  scope: LimitScope,
  conversationId: string | null,
  type: TaskKind = 'chat',
): Task[] {
  return Object.values(tasks)
    .filter((task) => isActive(task) && task.kind === type)
    .filter((task) => scope === 'user' || task.conversationId === conversationId)
    .sort((a, b) => a.startedAt - b.startedAt || a.id.localeCompare(b.id));
}

/** Return the conversations in which something is being made. */
export function runningConversations({ tasks }: Pick<TaskStore, 'tasks'>): string[] {
  const places = Object.values(tasks)
    .filter(isActive)
    .map((task) => task.conversationId);
  return [...new Set(places)].filter((id) => id !== null).sort();
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

function merge(known: Task | undefined, told: Task): Task {
  if (!known) return told;
  if (known.followed || !isActive(known)) return known;
  return { ...told, conversationId: told.conversationId ?? known.conversationId };
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
