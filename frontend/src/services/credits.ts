import { requestJson } from '@/api/client';
import type {
  ChargingRule,
  Credits,
  OptionValues,
  Page,
  Quote,
  Transaction,
  TransactionDetail,
} from '@/types';
import { queries } from './queryClient';

export interface LedgerFilter {
  kind?: Transaction['kind'];
  state?: Transaction['state'];
}

/** The account's place in the query cache, its only owner here; all that follows from it stands below. */
export const CREDITS = ['credits'] as const;
export const TRANSACTIONS = [...CREDITS, 'transactions'] as const;
export const QUOTES = ['quotes'] as const;

/** Return what is available, held and owned. */
export const getCredits = (): Promise<Credits> => requestJson('/api/credits');

/** Return what happened to one's credits, newest first: a page from a cursor on. */
export function listTransactions(
  filter: LedgerFilter,
  cursor: string | null,
  limit: number,
): Promise<Page<Transaction>> {
  const query = new URLSearchParams({ ...filter, limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/credits/transactions?${query}`);
}

/** Return the address of the same list as a table file. */
export function transactionsFile(filter: LedgerFilter): string {
  const query = new URLSearchParams({ ...filter }).toString();
  return `/api/credits/transactions.csv${query ? `?${query}` : ''}`;
}

/** Return all that explains one transaction. */
export const getTransaction = (id: string): Promise<TransactionDetail> =>
  requestJson(`/api/credits/transactions/${id}`);

/** Return the table by which every charge is decided. */
export const getChargingRules = (): Promise<ChargingRule[]> => requestJson('/api/charging-rules');

export interface QuoteQuestion {
  modelId: string;
  conversationId: string | null;
  /** For answers: how long the text is. */
  contentBytes: number;
  /** For pictures and clips: what is set, and how long each shot is. */
  options: OptionValues;
  shotSeconds: number[];
  /** Whether each shot is a clip of its own; null: as the server sees fit. */
  chain: boolean | null;
}

/** Return what sending something would hold at most; nothing is held. */
export function getQuote(question: QuoteQuestion, signal: AbortSignal): Promise<Quote> {
  const { modelId, conversationId, contentBytes, options, shotSeconds, chain } = question;
  const body = {
    model_id: modelId,
    conversation_id: conversationId,
    content_bytes: contentBytes,
    options,
    shot_seconds: shotSeconds,
    chain,
  };
  return requestJson('/api/quotes', { method: 'POST', body, signal });
}

/** Take in an account that a stream told of; an older answer that is still on its way is dropped. */
export function noteCredits(credits: Credits): void {
  void queries.cancelQueries({ queryKey: CREDITS, exact: true });
  queries.setQueryData(CREDITS, credits);
  void queries.invalidateQueries({ queryKey: TRANSACTIONS });
}

/** Load anew what is shown of the account: something may have changed it. */
export function refreshCredits(): void {
  void queries.invalidateQueries({ queryKey: CREDITS });
  void queries.invalidateQueries({ queryKey: QUOTES });
}
