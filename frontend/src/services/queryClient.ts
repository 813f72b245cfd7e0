import { QueryClient } from '@tanstack/react-query';

/** The query cache of this page: prices, balances, lists. Services write into it what streams tell. */
export const queries = new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, retry: 1 } } });

const OF_NOBODY = ['me', 'instance'];

/** Forget all that was loaded for whoever was signed in. */
export function forgetQueries(): void {
  queries.removeQueries({ predicate: ({ queryKey }) => !OF_NOBODY.includes(String(queryKey[0])) });
  queries.setQueryData(['me'], null);
}
