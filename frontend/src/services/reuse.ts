import { attachmentOf, attachmentsOf, useComposerStore } from '@/stores/useComposerStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import { boardOf, useStoryboardStore } from '@/stores/useStoryboardStore';
import type { Asset, MediaTask } from '@/types';
import { readDraft, writeDraft } from '@/utils/draftStorage';
import { findAssets } from './assets';
import { startConversation } from './conversationService';
import { queryTaskStatus } from './image';

export interface Reused {
  /** Where the composer is that was filled; null: the conversation that is not begun yet. */
  conversationId: string | null;
  /** How many of its reference files are gone. */
  lost: number;
}

/**
 * Put a task's model, options, words, shots and references into the composer of a new conversation. What is being
 * written there already stays: then another conversation is begun. Throws ApiError.
 */
export async function reuseTask(taskId: string): Promise<Reused> {
  const task = await queryTaskStatus(taskId);
  const ids = referenceIds(task);
  const assets = await findAssets(ids);
  const conversationId = isFree() ? null : await startConversation();
  chooseModel(task);
  fillBoard(conversationId, task, assets);
  const beside = task.request.references.map(({ asset_id }) => asset_id);
  const attached = assets.filter(({ id }) => beside.includes(id)).map(attachmentOf);
  useComposerStore.getState().setAttachments(conversationId, attached);
  writeDraft(conversationId, task.prompt);
  return { conversationId, lost: ids.length - assets.length };
}

/** Put a picture beside the next text of the conversation that is not begun yet, as what to go by. */
export function referToInNew(asset: Asset): void {
  useComposerStore.getState().attach(null, attachmentOf(asset));
  const { mode, change } = useSettingsStore.getState();
  if (mode === 'chat') change({ mode: 'image' });
}

function referenceIds({ request }: MediaTask): string[] {
  const references = [request, ...request.shots].flatMap((part) => part.references);
  return [...new Set(references.map(({ asset_id }) => asset_id))];
}

/** Tell whether nothing is being written in the conversation that is not begun yet. */
function isFree(): boolean {
  return (
    !readDraft(null).trim() &&
    attachmentsOf(useComposerStore.getState(), null).length === 0 &&
    !boardOf(useStoryboardStore.getState(), null).shots.some((shot) => shot.prompt.trim())
  );
}

function chooseModel({ kind, model_id, request }: MediaTask): void {
  const { change, modelOptions } = useSettingsStore.getState();
  change({
    mode: kind,
    [kind === 'image' ? 'imageModel' : 'videoModel']: model_id,
    modelOptions: { ...modelOptions, [model_id]: request.options },
  });
}

function fillBoard(conversationId: string | null, { request }: MediaTask, assets: Asset[]): void {
  const shots = request.shots.map(({ prompt, seconds, references }) => ({
    id: crypto.randomUUID(),
    prompt,
    seconds,
    picture: assets.find(({ id }) => id === references[0]?.asset_id) ?? null,
  }));
  useStoryboardStore
    .getState()
    .setBoard(conversationId, { isOn: shots.length > 0, continuous: request.continuous, shots });
}
