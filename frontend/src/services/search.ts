import { requestJson } from '@/api/client';
import type { Page, SearchHit } from '@/types';

/** How much of a question the server takes. */
export const QUERY_CHARS_MAX = 200;

/** Return a page of what has the words of a question: titles first, then messages. */
export function searchConversations(
  query: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<Page<SearchHit>> {
  const params = new URLSearchParams({ q: query });
  if (cursor) params.set('cursor', cursor);
  return requestJson(`/api/search?${params}`, { signal });
}
