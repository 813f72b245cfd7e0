import { useInfiniteQuery } from '@tanstack/react-query';
import { ShareRow } from '@/components/share/ShareRow';
import { Button } from '@/components/ui/Button';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { listShares, SHARES } from '@/services/shares';

const PAGE = 30;

/** All that one shares, newest first. */
export function SharedSettings() {
  const { t, errorText } = useI18n();
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [...SHARES, 'all'],
    queryFn: ({ pageParam }) => listShares(pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
  });
  const shares = data?.pages.flatMap((page) => page.items);
  return (
    <div>
      {error && (
        <p role="alert" className="py-3 text-small text-danger">
          {errorText(asApiError(error))}
        </p>
      )}
      {shares?.length === 0 && <p className="py-3 text-small text-ink-2">{t('share.none')}</p>}
      <ul aria-label={t('share.all')}>
        {shares?.map((share) => (
          <ShareRow key={share.id} share={share} named />
        ))}
      </ul>
      {hasNextPage && (
        <Button
          look="quiet"
          className="mt-2 w-full"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('share.earlier')}
        </Button>
      )}
    </div>
  );
}
