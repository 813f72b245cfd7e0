import { useMemo } from 'react';
import { attachmentsOf, shotsOf, useComposerStore } from '@/stores/useComposerStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Model, OptionValues, Shot } from '@/types';
import { optionsThatHold, optionsToSend, shotsToSend } from '@/utils/mediaOptions';
import { type ConflictReason, checkModelConflict } from '@/utils/modelConflict';

const NO_OPTIONS: OptionValues = {};
const NO_SHOTS: Shot[] = [];

/** What goes with the text: attachments, options and shots, and what the model says to them. */
export function useComposer(conversationId: string | null, model: Model | null) {
  const attachments = useComposerStore((state) => attachmentsOf(state, conversationId));
  const shots = useComposerStore((state) => shotsOf(state, conversationId));
  const saved = useSettingsStore((state) => (model ? state.modelOptions[model.id] : undefined)) ?? NO_OPTIONS;
  const media = model?.media ?? null;
  const assets = useMemo(() => attachments.flatMap(({ asset }) => asset ?? []), [attachments]);
  const hasImage = attachments.some((each) => each.kind === 'image');
  const hasVideo = attachments.some((each) => each.kind === 'video');
  const conflict: ConflictReason | null = model && checkModelConflict(model, hasImage, hasVideo);
  return {
    attachments,
    assets,
    hasImage,
    hasVideo,
    conflict,
    /** Nothing is on its way any more, and nothing failed. */
    isReady: assets.length === attachments.length,
    options: useMemo(() => (media ? optionsToSend(media, saved) : NO_OPTIONS), [media, saved]),
    values: useMemo(() => (media ? optionsThatHold(media, saved) : NO_OPTIONS), [media, saved]),
    shots,
    shotsToSend: useMemo(() => (media ? shotsToSend(media, shots) : NO_SHOTS), [media, shots]),
  };
}

export type Composer = ReturnType<typeof useComposer>;
