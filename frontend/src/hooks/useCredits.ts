import { useQuery } from '@tanstack/react-query';
import { CREDITS, getCredits, getTransaction, listTransactions, TRANSACTIONS } from '@/services/credits';
import type { Credits, Transaction } from '@/types';

const RECENT_MAX = 5;
const HOLDS_MAX = 100;

/** What one has: kept current by streams and commands, and looked at anew whenever the page is seen again. */
export function useCredits(): Credits | undefined {
  return useQuery({ queryKey: CREDITS, queryFn: getCredits, refetchOnWindowFocus: 'always' }).data;
}

/** The last movements; `undefined` until they are there. */
export function useRecentTransactions(): Transaction[] | undefined {
  return useQuery({
    queryKey: [...TRANSACTIONS, 'recent'],
    queryFn: () => listTransactions({}, null, RECENT_MAX),
    staleTime: 0,
  }).data?.items;
}

/** What is held now, and for what. */
export function useOpenHolds(): Transaction[] {
  const { data } = useQuery({
    queryKey: [...TRANSACTIONS, 'held'],
    queryFn: () => listTransactions({ state: 'held' }, null, HOLDS_MAX),
    staleTime: 0,
  });
  return data?.items ?? [];
}

/** All that explains one transaction. */
export function useTransaction(id: string) {
  return useQuery({
    queryKey: [...TRANSACTIONS, 'one', id],
    queryFn: () => getTransaction(id),
    staleTime: 0,
  });
}
