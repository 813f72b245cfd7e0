import { request, requestJson } from '@/api/client';
import type { Page, Share, SharedAsset, SharedConversation, ShareLifetime } from '@/types';

export const SHARES = ['shares'] as const;

/** Share a branch of a conversation as it is now: that which ends with a message, else the newest. */
export const createShare = (
  conversationId: string,
  lifetime: ShareLifetime,
  leafId: string | null,
): Promise<Share> =>
  requestJson(`/api/conversations/${conversationId}/shares`, {
    method: 'POST',
    body: { lifetime, leaf_id: leafId },
    idempotencyKey: crypto.randomUUID(),
  });

/** Return the living shares of a conversation, newest first. */
export const listConversationShares = (conversationId: string): Promise<Share[]> =>
  requestJson(`/api/conversations/${conversationId}/shares`);

/** Return one's own living shares, newest first: a page from a cursor on. */
export function listShares(cursor: string | null, limit: number): Promise<Page<Share>> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/me/shares?${query}`);
}

/** End a share; its link shows nothing any more. */
export async function revokeShare(id: string): Promise<void> {
  await request(`/api/me/shares/${id}`, { method: 'DELETE' });
}

/** Return the whole address of a share, to be sent to somebody. */
export const shareLink = ({ path }: Pick<Share, 'path'>): string => window.location.origin + path;

/** Return a shared conversation; nobody has to be signed in. */
export const readShare = (token: string): Promise<SharedConversation> =>
  requestJson(`/api/shares/${encodeURIComponent(token)}`);

/** Return where something that a share shows is to be had. */
export function sharedAssetUrl(
  token: string,
  { id }: Pick<SharedAsset, 'id'>,
  part?: 'thumbnail' | 'poster',
): string {
  return `/api/shares/${encodeURIComponent(token)}/assets/${id}${part ? `?part=${part}` : ''}`;
}

export type ExportFormat = 'markdown' | 'json' | 'html';

/** Return the address of a conversation as a file. */
export function exportFile(
  conversationId: string,
  format: ExportFormat,
  language: string,
  leafId: string | null,
): string {
  const query = new URLSearchParams({ format, language });
  if (leafId) query.set('leaf_id', leafId);
  return `/api/conversations/${conversationId}/export?${query}`;
}
