import { expect, it } from 'vitest';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import type { User } from '@/types';
import { beginVisit } from './auth';
import { queries } from './queryClient';

it('begins a visit with nothing of whoever was here before', () => {
  useChatStore.getState().setCurrentConversation('theirs', 'Their secret');
  useConversationRuntimeStore.getState().setStale('theirs', { content: 'x', modelId: 'm', parentId: null });
  const user = { id: 'ours' } as User;

  beginVisit(user);

  expect(useChatStore.getState()).toMatchObject({
    conversations: {},
    messages: {},
    currentConversationId: null,
  });
  expect(useConversationRuntimeStore.getState()).toMatchObject({ streams: {}, stale: {} });
  expect(queries.getQueryData(['me'])).toBe(user);
});
