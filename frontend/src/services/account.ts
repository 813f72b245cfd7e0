import { request, requestJson } from '@/api/client';
import type { Session, User } from '@/types';

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

/** Return the accounts of this installation; for administrators. */
export const listUsers = (): Promise<{ items: User[]; next_cursor: string | null }> =>
  requestJson('/api/admin/users?limit=100');

/** Approve, disable, promote or demote an account; for administrators. */
export const changeUser = (
  id: string,
  change: { status?: 'active' | 'disabled'; role?: User['role'] },
): Promise<User> => requestJson(`/api/admin/users/${id}`, { method: 'PATCH', body: change });
