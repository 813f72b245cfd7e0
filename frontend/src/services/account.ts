import { request, requestJson } from '@/api/client';
import type { Page, Session, User } from '@/types';

/** Change one's own name. */
export const changeName = (displayName: string): Promise<User> =>
  requestJson('/api/me', { method: 'PATCH', body: { display_name: displayName } });

/** Change one's password; all other devices are signed out. */
export async function changePassword(current: string, next: string): Promise<void> {
  await request('/api/me/password', {
    method: 'POST',
    body: { current_password: current, new_password: next },
  });
}

/** Return where one is signed in. */
export const listSessions = (): Promise<Session[]> => requestJson('/api/sessions');

/** Sign out one device. */
export async function revokeSession(id: string): Promise<void> {
  await request(`/api/sessions/${id}`, { method: 'DELETE' });
}

/** Sign out all other devices. */
export async function revokeOtherSessions(): Promise<void> {
  await request('/api/sessions', { method: 'DELETE' });
}

/** Return accounts of this installation, in the order they were made: a page from a cursor on; for administrators. */
export function listUsers(cursor: string | null, limit: number): Promise<Page<User>> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return requestJson(`/api/admin/users?${query}`);
}

/** Approve, disable, promote or demote an account; for administrators. */
export const changeUser = (
  id: string,
  change: { status?: 'active' | 'disabled'; role?: User['role'] },
): Promise<User> => requestJson(`/api/admin/users/${id}`, { method: 'PATCH', body: change });
