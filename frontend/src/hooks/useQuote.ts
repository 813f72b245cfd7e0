import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getQuote, QUOTES } from '@/services/credits';
import type { OptionValues, Quote } from '@/types';
import { useDebounced } from './useDebounced';

const PAUSE_MS = 250;
const KEPT_MS = 30_000;
const BYTES_MAX = 1_000_000;
const utf8 = new TextEncoder();

const NO_OPTIONS: OptionValues = {};
const NO_SHOTS: number[] = [];

interface QuoteOptions {
  modelId: string | null;
  conversationId: string | null;
  text: string;
  /** For pictures and clips: what is set, and how long each shot is. */
  options?: OptionValues;
  shotSeconds?: number[];
  /** Whether each shot is a clip of its own; null: as the server sees fit. */
  chain?: boolean | null;
}

/**
 * What sending a text would hold at most; the text itself is not sent for it. The last answer stays while a new one
 * is on its way, a question that is not current any more is called off, and a failed one is no news.
 */
export function useQuote(question: QuoteOptions): Quote | null {
  const {
    modelId,
    conversationId,
    text,
    options = NO_OPTIONS,
    shotSeconds = NO_SHOTS,
    chain = null,
  } = question;
  const contentBytes = useDebounced(Math.min(utf8.encode(text.trim()).length, BYTES_MAX), PAUSE_MS);
  const { data } = useQuery({
    queryKey: [...QUOTES, modelId, conversationId, contentBytes, options, shotSeconds, chain],
    queryFn: ({ signal }) =>
      getQuote({ modelId: modelId ?? '', conversationId, contentBytes, options, shotSeconds, chain }, signal),
    enabled: modelId !== null,
    placeholderData: keepPreviousData,
    gcTime: KEPT_MS,
    retry: false,
  });
  return modelId && data?.model_id === modelId ? data : null;
}
