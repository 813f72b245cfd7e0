import { requestJson } from '@/api/client';
import type { ModelList } from '@/types';

/** Return the models that one may use. */
export const getModels = (): Promise<ModelList> => requestJson('/api/models');
