import { request, requestJson } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import type { Instance, User } from '@/types';
import { queries } from './queryClient';

/** Return what the sign-in page needs to know about this installation. */
export const getInstance = (): Promise<Instance> => requestJson('/api/instance');

/** Return who is signed in; throws `not_signed_in`. */
export const getMe = (): Promise<User> => requestJson('/api/me');

/** Sign in. */
export const signIn = (email: string, password: string): Promise<{ user: User | null }> =>
  requestJson('/api/auth/sign-in', { method: 'POST', body: { email, password } });

/** Make an account; without a user in the answer it waits for approval. */
export const signUp = (
  email: string,
  password: string,
  displayName: string,
): Promise<{ user: User | null }> =>
  requestJson('/api/auth/sign-up', {
    method: 'POST',
    body: { email, password, ...(displayName ? { display_name: displayName } : {}) },
  });

/** Sign out, here and on the server. */
export async function signOut(): Promise<void> {
  await request('/api/auth/sign-out', { method: 'POST' });
}

/** Let a person in, with nothing of whoever was here before: what is loaded outlasts the end of a session. */
export function beginVisit(user: User): void {
  useChatStore.setState(useChatStore.getInitialState(), true);
  useConversationRuntimeStore.setState({ streams: {}, stale: {} });
  queries.setQueryData(['me'], user);
}
