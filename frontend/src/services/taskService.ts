import { type ApiError, requestJson } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import { createTask, isActive, useTaskStore } from '@/stores/useTaskStore';
import type { Limits, OptionValues, Reference, Shot, TaskKind, TaskTurn } from '@/types';
import { timeOfId } from '@/utils/ids';
import { listTransactions, noteCredits } from './credits';

const HOLDS_MAX = 100;
const KINDS: TaskKind[] = ['chat', 'image', 'video'];

/** By which model and how something is made, and where in its conversation it belongs. */
export interface ModelConfig {
  modelId: string;
  options: OptionValues;
  references?: Reference[];
  shots?: Shot[];
  chain?: boolean | null;
  continuous?: boolean;
  /** The message that it follows; with `branch`, beside what follows there already. */
  parentId?: string | null;
  branch?: boolean;
  /** The question that gets a further result; then nothing is asked anew. */
  answerTo?: string | null;
}

/** Begin to make a picture or a clip (`POST /api/tasks`): its price is held, and it goes on whoever watches. */
export async function submitTask(
  conversationId: string | null,
  prompt: string,
  modelConfig: ModelConfig,
): Promise<TaskTurn> {
  const { modelId, options, references, shots, chain, continuous, parentId, branch, answerTo } = modelConfig;
  const turn = await requestJson<TaskTurn>('/api/tasks', {
    method: 'POST',
    idempotencyKey: crypto.randomUUID(),
    body: {
      conversation_id: conversationId,
      prompt,
      model_id: modelId,
      options,
      references: references ?? [],
      shots: shots ?? [],
      chain: chain ?? null,
      continuous: continuous ?? false,
      parent_id: parentId ?? null,
      branch: branch ?? false,
      answer_to: answerTo ?? null,
    },
  });
  noteCredits(turn.credits);
  return turn;
}

/**
 * Ask the server what runs and what may run (`GET /api/limits`), for oneself and for a conversation, and tell whether
 * one more of a kind may begin there. What it says goes to the task store, whose `canStartTask` then says the same.
 */
export async function checkTaskLimits(
  conversationId: string | null,
  kind: TaskKind = 'chat',
): Promise<boolean> {
  const query = conversationId ? `?conversation_id=${conversationId}` : '';
  const { kinds } = await requestJson<Limits>(`/api/limits${query}`);
  // Pictures and clips tell of themselves.
  const answers = kinds.filter((each) => each.kind === 'chat');
  const places = await locate(answers.flatMap((each) => each.running));
  const { mergeTasks, dropTasks, setLimit, tasks } = useTaskStore.getState();
  const running = answers.flatMap((each) =>
    each.running.map((id) => createTask(id, each.kind, places.get(id) ?? null, timeOfId(id))),
  );
  const listed = new Set(running.map((task) => task.id));
  dropTasks(
    Object.values(tasks)
      .filter((task) => isActive(task) && !task.followed && !listed.has(task.id))
      .map((task) => task.id),
  );
  mergeTasks(running);
  for (const each of kinds)
    setLimit(each.kind, { user: each.user.limit, conversation: each.conversation?.limit ?? null });
  return kinds.find((each) => each.kind === kind)?.allowed ?? true;
}

/** Learn from a refusal (`too_many_tasks`): what runs, and where the limit is. */
export function noteTooManyTasks(conversationId: string | null, { params }: ApiError): void {
  const { limits, mergeTasks, setLimit } = useTaskStore.getState();
  const kind = KINDS.find((each) => each === params.kind);
  if (!kind || typeof params.limit !== 'number' || !Array.isArray(params.running)) return;
  const isHere = params.scope === 'conversation';
  const place = isHere ? conversationId : null;
  mergeTasks(params.running.map((id) => createTask(id, kind, place, timeOfId(id))));
  const known = limits[kind] ?? { user: Number.POSITIVE_INFINITY, conversation: null };
  setLimit(kind, { ...known, [isHere ? 'conversation' : 'user']: params.limit });
}

/** Return in which conversations answers are written: from what is loaded, else from what is held for them. */
async function locate(ids: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { tasks } = useTaskStore.getState();
  const loaded = Object.entries(useChatStore.getState().messages);
  for (const id of ids) {
    const place = tasks[id]?.conversationId ?? loaded.find(([, { byId }]) => byId[id])?.[0];
    if (place) found.set(id, place);
  }
  if (ids.every((id) => found.has(id))) return found;
  const { items } = await listTransactions({ state: 'held' }, null, HOLDS_MAX);
  for (const { subject_id, conversation_id } of items)
    if (subject_id && conversation_id) found.set(subject_id, conversation_id);
  return found;
}
