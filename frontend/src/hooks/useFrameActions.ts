import { useCallback } from 'react';
import { attachmentOf, attachmentsOf, useComposerStore } from '@/stores/useComposerStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Asset, MediaMode } from '@/types';

/** Go on from a frame: it lies beside the next text, as what is to be changed or as where a clip begins. */
export function useFrameActions(conversationId: string) {
  const pass = useCallback(
    (asset: Asset, mode: MediaMode, isAlone: boolean) => {
      const store = useComposerStore.getState();
      const others = isAlone
        ? []
        : attachmentsOf(store, conversationId).filter((attachment) => attachment.asset?.id !== asset.id);
      store.setAttachments(conversationId, [...others, attachmentOf(asset)]);
      useSettingsStore.getState().change({ mode });
      document.getElementById('message-field')?.focus();
    },
    [conversationId],
  );
  return {
    edit: useCallback((asset: Asset) => pass(asset, 'image', true), [pass]),
    animate: useCallback((asset: Asset) => pass(asset, 'video', true), [pass]),
    /** Put it beside what lies there already. */
    addReference: useCallback(
      (asset: Asset) => {
        const { mode } = useSettingsStore.getState();
        pass(asset, mode === 'chat' ? 'image' : mode, false);
      },
      [pass],
    ),
  };
}
