import type { Model } from '@/types';

/** Why a model cannot take what is attached. */
export type ConflictReason = 'chat' | 'image' | 'video';

/** Return what of the attachments a model cannot take; null when it takes them all. */
export function checkModelConflict(
  model: Model,
  hasImage: boolean,
  hasVideo: boolean,
): ConflictReason | null {
  if (!hasImage && !hasVideo) return null;
  if (model.mode === 'chat') return 'chat';
  const takes = (kind: string): boolean =>
    model.media?.references.some((rule) => rule.kind === kind && rule.most > 0) ?? false;
  if (hasImage && !takes('image')) return 'image';
  if (hasVideo && !takes('video')) return 'video';
  return null;
}

/** Return the model that takes what is attached: of the same mode first, then pictures, then clips. */
export function findModelFor(
  models: Model[],
  mode: Model['mode'],
  hasImage: boolean,
  hasVideo: boolean,
): Model | null {
  const order = [mode, 'image', 'video'];
  const fitting = models.filter((model) => model.available && !checkModelConflict(model, hasImage, hasVideo));
  for (const wanted of order) {
    const found = fitting.find((model) => model.mode === wanted);
    if (found) return found;
  }
  return null;
}
