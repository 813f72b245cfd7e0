import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import type { Page, Transaction } from '@/types';
import { LedgerRow } from './LedgerRow';

const PAGE = 20;
const Explanation = lazy(() => import('./Explanation').then((file) => ({ default: file.Explanation })));

interface LedgerProps {
  queryKey: readonly unknown[];
  load: (cursor: string | null, limit: number) => Promise<Page<Transaction>>;
  /** Whether a row opens its explanation; only one's own are told. */
  explains?: boolean;
}

/** Transactions, newest first, page by page. */
export function Ledger({ queryKey, load, explains = false }: LedgerProps) {
  const { t, errorText } = useI18n();
  const [explained, setExplained] = useState<string | null>(null);
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [...queryKey, 'pages'],
    queryFn: ({ pageParam }) => load(pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const rows = data?.pages.flatMap((page) => page.items);
  return (
    <div>
      {error && (
        <p role="alert" className="py-3 text-small text-danger">
          {errorText(asApiError(error))}
        </p>
      )}
      {rows?.length === 0 && <p className="py-3 text-small text-ink-2">{t('ledger.empty')}</p>}
      <ul aria-label={t('ledger.title')}>
        {rows?.map((transaction) => (
          <LedgerRow
            key={transaction.id}
            transaction={transaction}
            onExplain={explains ? () => setExplained(transaction.id) : undefined}
          />
        ))}
      </ul>
      {hasNextPage && (
        <Button
          look="quiet"
          className="mt-2 w-full"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('ledger.earlier')}
        </Button>
      )}
      {explained && (
        <Suspense>
          <Explanation transactionId={explained} onClose={() => setExplained(null)} />
        </Suspense>
      )}
    </div>
  );
}
