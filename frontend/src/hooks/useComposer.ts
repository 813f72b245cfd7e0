import { useMemo } from 'react';
import { useI18n } from '@/i18n';
import { attachmentsOf, useComposerStore } from '@/stores/useComposerStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Model, OptionValues } from '@/types';
import { optionsThatHold, optionsToSend } from '@/utils/mediaOptions';
import { type ConflictReason, checkModelConflict } from '@/utils/modelConflict';
import { emptyShot, forStoryboard } from '@/utils/storyboard';
import { useStoryboard } from './useStoryboard';

const NO_OPTIONS: OptionValues = {};

/** What goes with the text: attachments, options and shots, and what the model says to them. */
export function useComposer(conversationId: string | null, model: Model | null) {
  const { t } = useI18n();
  const attachments = useComposerStore((state) => attachmentsOf(state, conversationId));
  const saved = useSettingsStore((state) => (model ? state.modelOptions[model.id] : undefined)) ?? NO_OPTIONS;
  const storyboard = useStoryboard(conversationId, model?.media ?? null);
  const { board } = storyboard;
  const assets = useMemo(() => attachments.flatMap(({ asset }) => asset ?? []), [attachments]);
  const hasImage = attachments.some((each) => each.kind === 'image');
  const hasVideo = attachments.some((each) => each.kind === 'video');
  const hasAudio = attachments.some((each) => each.kind === 'audio');
  const conflict: ConflictReason | null = model && checkModelConflict(model, hasImage, hasVideo, hasAudio);
  const declared = model?.media ?? null;
  const animates = model?.mode === 'video' && !board.isOn && hasImage;
  const media = useMemo(
    () => (declared && board.isOn ? forStoryboard(declared) : declared),
    [declared, board.isOn],
  );
  return {
    attachments,
    assets,
    hasImage,
    hasVideo,
    hasAudio,
    conflict,
    /** What the model takes as things stand. */
    media,
    storyboard,
    /** What is sent in place of no words at all: a picture can be set in motion by itself. */
    suggestion: animates && declared?.prompt_required ? t('media.animateWords') : '',
    /** Nothing is on its way any more, nothing failed, and each shot has words. */
    isReady: assets.length === attachments.length && emptyShot(board) === null,
    options: useMemo(() => (media ? optionsToSend(media, saved) : NO_OPTIONS), [media, saved]),
    values: useMemo(() => (media ? optionsThatHold(media, saved) : NO_OPTIONS), [media, saved]),
  };
}

export type Composer = ReturnType<typeof useComposer>;
