import { requestJson } from '@/api/client';
import type { AuditRecord, Credits, ModelPrice, Page, Price, Transaction } from '@/types';

/** Return what an account has. */
export const getUserCredits = (userId: string): Promise<Credits> =>
  requestJson(`/api/admin/users/${userId}/credits`);

/** Return what happened to an account, newest first: a page from a cursor on. */
export function listUserTransactions(
  userId: string,
  cursor: string | null,
  limit: number,
): Promise<Page<Transaction>> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/admin/users/${userId}/credits/transactions?${query}`);
}

/** Give credits to an account, or correct it up or down; the same key never does it twice. */
export function changeUserCredits(
  userId: string,
  kind: 'grant' | 'adjust',
  amountMc: number,
  reason: string,
  key: string,
): Promise<Transaction> {
  const what = kind === 'grant' ? 'grants' : 'adjustments';
  return requestJson(`/api/admin/users/${userId}/${what}`, {
    method: 'POST',
    body: { amount_mc: amountMc, reason },
    idempotencyKey: key,
  });
}

/** Return every model with its price in force. */
export const listPrices = (): Promise<ModelPrice[]> => requestJson('/api/admin/prices');

/** Put a price in force from now on. */
export const setPrice = (modelId: string, price: Price): Promise<ModelPrice> =>
  requestJson('/api/admin/prices', { method: 'PUT', body: { model_id: modelId, price } });

/** Return what was done with an administrator's power, newest first: a page from a cursor on. */
export function listAudit(cursor: string | null, limit: number): Promise<Page<AuditRecord>> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/admin/audit?${query}`);
}
