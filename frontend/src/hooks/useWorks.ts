import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { ASSETS, listWorks, type WorkFilter } from '@/services/assets';
import { useTaskStore } from '@/stores/useTaskStore';
import type { ListedAsset } from '@/types';

const PAGE = 60;

/** A file that was made here. */
export type Work = ListedAsset & { origin: NonNullable<ListedAsset['origin']> };

/** What was made here, newest first, page by page; what is done meanwhile comes by itself. */
export function useWorks(filter: WorkFilter) {
  const client = useQueryClient();
  const { data, hasNextPage, fetchNextPage, isFetching, isPending, isError, refetch } = useInfiniteQuery({
    queryKey: [...ASSETS, 'works', filter.kind, filter.modelId],
    queryFn: ({ pageParam }) => listWorks(filter, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
  });
  const finished = useTaskStore((state) => countFinished(state.tasks));
  const known = useRef(finished);
  // One more that has ended means one more work.
  useEffect(() => {
    if (known.current === finished) return;
    known.current = finished;
    void client.invalidateQueries({ queryKey: [...ASSETS, 'works'] });
  }, [finished, client]);
  return {
    works: useMemo(() => (data?.pages ?? []).flatMap(({ items }) => items).filter(isWork), [data]),
    isPending,
    isError,
    retry: () => void refetch(),
    loadMore: () => {
      if (hasNextPage && !isFetching) void fetchNextPage();
    },
    hasMore: hasNextPage,
    isFetching,
  };
}

function isWork(asset: ListedAsset): asset is Work {
  return asset.origin !== null;
}

function countFinished(tasks: ReturnType<typeof useTaskStore.getState>['tasks']): number {
  return Object.values(tasks).filter(({ media }) => media?.state === 'completed').length;
}
