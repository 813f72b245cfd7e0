import type { Asset, Model } from '@/types';

/** Why a model cannot take what is attached. */
export type ConflictReason = 'chat' | 'image' | 'video' | 'audio';

/** Return what of the attachments a model cannot take; null when it takes them all. */
export function checkModelConflict(
  model: Model,
  hasImage: boolean,
  hasVideo: boolean,
  hasAudio = false,
): ConflictReason | null {
  if (hasAudio && !takes(model, 'audio')) return 'audio';
  if (!hasImage && !hasVideo) return null;
  if (model.mode === 'chat') return 'chat';
  if (hasImage && !takes(model, 'image')) return 'image';
  if (hasVideo && !takes(model, 'video')) return 'video';
  return null;
}

/** Tell whether something of a kind can be handed to a model. */
export function takes({ media }: Model, kind: Asset['kind']): boolean {
  return media?.references.some((rule) => rule.kind === kind && rule.most > 0) ?? false;
}

/** Return the model that takes what is attached: of the same mode first, then pictures, then clips. */
export function findModelFor(
  models: Model[],
  mode: Model['mode'],
  hasImage: boolean,
  hasVideo: boolean,
  hasAudio = false,
): Model | null {
  const order = [mode, 'image', 'video'];
  const fitting = models.filter(
    (model) => model.available && !checkModelConflict(model, hasImage, hasVideo, hasAudio),
  );
  for (const wanted of order) {
    const found = fitting.find((model) => model.mode === wanted);
    if (found) return found;
  }
  return null;
}
