import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { getModels } from '@/services/models';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Listener, Mode, Model } from '@/types';

const NO_MODELS: Model[] = [];

const CHOSEN = { chat: 'chatModel', image: 'imageModel', video: 'videoModel' } as const;

export interface ModelSelection {
  models: Model[];
  /** What turns recordings into text; null where nothing does. */
  listener: Listener | null;
  mode: Mode;
  setMode: (mode: Mode) => void;
  selectedModel: Model | null;
  /** Choose a model, for the mode that it is of. */
  setSelectedModel: (id: string) => void;
  loading: boolean;
}

/** What is made and by which model: the one chosen last for the mode, else the conversation's, else the first. */
export function useModelSelection({
  conversationModelId,
}: {
  conversationModelId: string | null;
}): ModelSelection {
  const { data, isPending } = useQuery({
    queryKey: ['models'],
    queryFn: getModels,
    refetchInterval: 300_000,
  });
  const mode = useSettingsStore((state) => state.mode);
  const chosen = useSettingsStore((state) => state[CHOSEN[mode]]);
  const change = useSettingsStore((state) => state.change);
  const models = data?.models ?? NO_MODELS;
  const usable = models.filter((model) => model.mode === mode && model.available);
  const find = (id: string | null | undefined): Model | undefined => usable.find((model) => model.id === id);
  return {
    models,
    listener: data?.transcription ?? null,
    mode,
    setMode: useCallback((next) => change({ mode: next }), [change]),
    selectedModel:
      find(chosen) ?? find(conversationModelId) ?? find(data?.default_model_id) ?? usable[0] ?? null,
    setSelectedModel: useCallback(
      (id) => {
        const model = models.find((each) => each.id === id);
        if (model) change({ mode: model.mode, [CHOSEN[model.mode]]: id });
      },
      [change, models],
    ),
    loading: isPending,
  };
}
