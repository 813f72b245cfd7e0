import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { searchConversations } from '@/services/search';
import type { SearchHit } from '@/types';
import { useDebounced } from './useDebounced';
import { asApiError } from './useMessageLoader';

const PAUSE_MS = 180;

/** Search while somebody types: what was found before stays until there is something new, old requests are dropped. */
export function useSearch(typed: string) {
  const query = useDebounced(typed, PAUSE_MS);
  const found = useInfiniteQuery({
    queryKey: ['search', query],
    queryFn: ({ pageParam, signal }) => searchConversations(query, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    // What was said a moment ago is to be found, too.
    staleTime: 0,
    gcTime: 60_000,
  });
  const hits: SearchHit[] = found.data?.pages.flatMap((page) => page.items) ?? [];
  return {
    /** What the hits belong to; what is typed may be further. */
    query,
    hits,
    isFound: found.isSuccess && !found.isPlaceholderData,
    error: found.error ? asApiError(found.error) : null,
    hasMore: found.hasNextPage,
    isLoadingMore: found.isFetchingNextPage,
    loadMore: () => void found.fetchNextPage(),
    retry: () => void found.refetch(),
  };
}
