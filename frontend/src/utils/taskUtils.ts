import type { Message, TaskKind } from '@/types';
import type { MediaTask, Task } from '@/types/live';

const ENDED: MediaTask['state'][] = ['completed', 'failed', 'cancelled'];

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
    media: null,
    unseen: false,
  };
}

/** Return a media task as the server tells it. */
export function taskOfMedia(media: MediaTask): Task {
  const isDone = media.state === 'completed';
  return {
    ...createTask(media.id, media.kind, media.conversation_id, Date.parse(media.created_at)),
    status: statusOf(media.state),
    progress: isDone ? 100 : media.progress,
    result: media.assets[0]?.id ?? null,
    error: media.error,
    media,
  };
}

/** Return an answer as a task. */
export function taskOfAnswer(
  answer: Pick<Message, 'id' | 'conversation_id' | 'status' | 'error' | 'created_at'>,
): Task {
  const task = createTask(answer.id, 'chat', answer.conversation_id, Date.parse(answer.created_at));
  if (answer.status === 'streaming') return { ...task, status: 'running' };
  const isGood = answer.status === 'complete' || answer.status === 'stopped';
  return { ...task, status: isGood ? 'completed' : 'failed', error: answer.error };
}

/** Tell whether a task has not ended. */
export function isActive(task: Task): boolean {
  return task.status === 'waiting' || task.status === 'running';
}

/** Tell whether a task takes one of the places that are limited; whoever waits takes none. */
export function holdsSlot(task: Task): boolean {
  return isActive(task) && task.media?.state !== 'waiting';
}

/** Return how many places of a kind pictures and clips take; the shots of a film take one each. */
export function usedSlots(tasks: Readonly<Record<string, Task>>, kind: TaskKind): number {
  return Object.values(tasks)
    .filter((task) => task.kind === kind && task.media)
    .reduce((sum, task) => sum + (task.media?.storyboard?.shots ?? [task.media]).filter(isAtWork).length, 0);
}

function isAtWork(work: Pick<MediaTask, 'state'> | null): boolean {
  return work !== null && work.state !== 'waiting' && !ENDED.includes(work.state);
}

/**
 * Take in what was told of a task: what has ended stays ended, an answer that this page follows is known better, and a
 * mere id takes nothing away from what is known. `shownId`: the conversation that somebody looks at.
 */
export function mergeTask(known: Task | undefined, told: Task, shownId: string | null): Task {
  if (!known) return isActive(told) ? told : { ...told, unseen: isUnseen(told, shownId) };
  if (known.followed || isFinal(known, told) || (known.media && !told.media)) return known;
  const conversationId = told.media ? told.conversationId : (told.conversationId ?? known.conversationId);
  const taken = { ...told, conversationId };
  if (isActive(told)) return taken;
  return { ...taken, unseen: isActive(known) ? isUnseen(taken, shownId) : known.unseen };
}

/** A storyboard can go on after its end: a shot is tried again, or the film is joined in another order. */
function isFinal(known: Task, told: Task): boolean {
  return !isActive(known) && !told.media?.storyboard;
}

/** Tell whether nobody looks at the place where a task has just ended. */
export function isUnseen(task: Pick<Task, 'conversationId' | 'kind'>, shownId: string | null): boolean {
  if (task.conversationId === null) return task.kind !== 'chat';
  return task.conversationId !== shownId;
}

export interface TaskBadge {
  /** How many run or wait. */
  processing: number;
  /** How far they are on the whole, in percent; null while none of them can tell. */
  progress: number | null;
  /** How many have ended since the conversation was shown last. */
  completed: number;
}

const NONE: TaskBadge = { processing: 0, progress: null, completed: 0 };

/** Return what stands beside a conversation's title: how much is being made in it, and what is done and not yet seen. */
export function getConversationTaskBadge(
  conversationId: string,
  tasks: Readonly<Record<string, Task>>,
): TaskBadge {
  const here = Object.values(tasks).filter((task) => task.conversationId === conversationId);
  if (here.length === 0) return NONE;
  const running = here.filter(isActive);
  return {
    processing: running.length,
    progress: meanProgress(running),
    completed: here.filter((task) => task.unseen && task.status === 'completed').length,
  };
}

/** Return how far tasks are on the whole; those that have not begun count as nothing, those that cannot tell not at all. */
export function meanProgress(tasks: Task[]): number | null {
  const known = tasks
    .map((task) => (task.status === 'waiting' && task.kind !== 'chat' ? 0 : task.progress))
    .filter((progress) => progress !== null);
  if (known.length === 0) return null;
  return Math.round(known.reduce((sum, progress) => sum + progress, 0) / known.length);
}

/** Return the media tasks to list: what is being made, what waits by its place, what ended and was not seen. */
export function listMediaTasks(tasks: Readonly<Record<string, Task>>): Task[] {
  return Object.values(tasks)
    .filter((task) => task.media && (isActive(task) || task.unseen))
    .sort(
      (a, b) =>
        rankOf(a) - rankOf(b) ||
        (a.media?.place ?? 0) - (b.media?.place ?? 0) ||
        b.startedAt - a.startedAt ||
        b.id.localeCompare(a.id),
    );
}

function rankOf(task: Task): number {
  if (!isActive(task)) return 2;
  return task.media?.state === 'waiting' ? 1 : 0;
}

function statusOf(state: MediaTask['state']): Task['status'] {
  switch (state) {
    case 'waiting':
    case 'queued':
      return 'waiting';
    case 'submitting':
    case 'running':
    case 'saving':
    case 'unconfirmed':
      return 'running';
    default:
      return state;
  }
}
