import { requestJson } from '@/api/client';
import { createTask, isActive, type Task, useTaskStore } from '@/stores/useTaskStore';
import type { Page } from '@/types';
import type { MediaTask } from '@/types/live';
import { timeOfId } from '@/utils/ids';
import { taskOfMedia } from '@/utils/taskUtils';
import { changeMarks, onMarksCleared, readMarks, type UnseenMark } from '@/utils/unseenStorage';

const LISTED_MAX = 100;

let account: string | null = null;
/** Whether the marks of the account are in the store again. */
let restored = false;

/**
 * Keep what an account has not seen yet on this browser, until the returned function is called: it survives a reload
 * and signing out, and what is seen on one page is seen on the others. What was being made when the page was left
 * is marked as well: it may end meanwhile.
 */
export function keepUnseen(accountId: string): () => void {
  if (account !== null && account !== accountId) useTaskStore.setState({ tasks: {}, limits: {} });
  account = accountId;
  restored = false;
  const stopStore = useTaskStore.subscribe((state, before) => {
    if (state.tasks !== before.tasks) noteChanges(accountId, before.tasks, state.tasks);
  });
  const stopPages = onMarksCleared(accountId, (ids) => useTaskStore.getState().markSeen(ids));
  return () => {
    stopStore();
    stopPages();
  };
}

/** Take up again, once, what was marked when the page was left; what is gone or seen meanwhile loses its mark. */
export async function restoreUnseen(): Promise<void> {
  if (account === null || restored) return;
  const accountId = account;
  const marks = readMarks(accountId);
  const answers = marks.filter((mark) => mark.kind === 'chat').map(endedAnswer);
  const media = answers.length < marks.length ? await findTasks(marks) : [];
  if (account !== accountId) return;
  useTaskStore.getState().mergeTasks([...answers, ...media]);
  const { tasks } = useTaskStore.getState();
  changeMarks(
    accountId,
    [],
    marks.filter(({ id }) => !isMarked(tasks[id])).map(({ id }) => id),
  );
  restored = true;
}

async function findTasks(marks: UnseenMark[]): Promise<Task[]> {
  const wanted = new Set(marks.map((mark) => mark.id));
  const { items } = await requestJson<Page<MediaTask>>(`/api/tasks?limit=${LISTED_MAX}`);
  return items.filter((task) => wanted.has(task.id)).map(taskOfMedia);
}

function noteChanges(accountId: string, before: Record<string, Task>, after: Record<string, Task>): void {
  const set = Object.values(after).filter((task) => isMarked(task) && !isMarked(before[task.id]));
  const cleared = Object.values(before).filter((task) => isMarked(task) && !isMarked(after[task.id]));
  if (set.length > 0 || cleared.length > 0)
    changeMarks(
      accountId,
      set.map(markOf),
      cleared.map((task) => task.id),
    );
}

function isMarked(task: Task | undefined): boolean {
  return task !== undefined && (task.unseen || (task.media !== null && isActive(task)));
}

function markOf({ id, kind, conversationId }: Task): UnseenMark {
  return { id, kind, conversationId };
}

function endedAnswer({ id, conversationId }: UnseenMark): Task {
  return { ...createTask(id, 'chat', conversationId, timeOfId(id)), status: 'completed' };
}
