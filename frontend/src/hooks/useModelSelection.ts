import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { getModels } from '@/services/models';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Model } from '@/types';

export interface ModelSelection {
  models: Model[];
  selectedModel: Model | null;
  setSelectedModel: (id: string) => void;
  loading: boolean;
}

/** Which model answers: the one chosen last, else the conversation's, else the default. */
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
  const chosen = useSettingsStore((state) => state.chatModel);
  const change = useSettingsStore((state) => state.change);
  const models = data?.models ?? [];
  const usable = (id: string | null | undefined): Model | undefined =>
    models.find((model) => model.id === id && model.available);
  return {
    models,
    selectedModel: usable(chosen) ?? usable(conversationModelId) ?? usable(data?.default_model_id) ?? null,
    setSelectedModel: useCallback((id) => change({ chatModel: id }), [change]),
    loading: isPending,
  };
}
