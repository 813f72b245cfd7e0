import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { ApiError } from '@/api/client';
import { getMessages } from '@/services/message';
import { rejoinAnswer } from '@/services/streamSession';
import { useChatStore } from '@/stores/useChatStore';
import { readThread, type Thread } from '@/utils/messageTree';

export interface MessageLoader {
  thread: Thread;
  loading: boolean;
  error: ApiError | null;
  hasMore: boolean;
  loadMessages: () => Promise<void>;
  loadOlder: () => Promise<void>;
}

const NOTHING = { byId: {}, shownLeafId: null, hasMore: false, loaded: false };

/** Load a conversation's messages (from the store when they are there), older ones on demand, and join its answer. */
export function useMessageLoader({ conversationId }: { conversationId: string | null }): MessageLoader {
  const found = useChatStore(
    useShallow((state) => {
      const { byId, shownLeafId, hasMore, loaded } = state.messages[conversationId ?? ''] ?? NOTHING;
      return { byId, shownLeafId, hasMore, loaded };
    }),
  );
  const [error, setError] = useState<ApiError | null>(null);
  const isLoadingOlder = useRef(false);

  const loadMessages = useCallback(async () => {
    if (!conversationId) return;
    setError(null);
    try {
      const page = await getMessages(conversationId);
      useChatStore.getState().setMessages(conversationId, page);
      const running = page.items.findLast((message) => message.status === 'streaming');
      if (running) void rejoinAnswer(conversationId, running.id);
    } catch (problem) {
      setError(asApiError(problem));
    }
  }, [conversationId]);

  const loadOlder = useCallback(async () => {
    const oldest = conversationId ? oldestOf(conversationId) : undefined;
    if (!conversationId || !oldest || isLoadingOlder.current) return;
    isLoadingOlder.current = true;
    setError(null);
    try {
      const page = await getMessages(conversationId, 50, 0, oldest);
      useChatStore.getState().addOlderMessages(conversationId, page);
    } catch (problem) {
      setError(asApiError(problem));
    } finally {
      isLoadingOlder.current = false;
    }
  }, [conversationId]);

  useEffect(() => {
    setError(null);
    if (conversationId && !useChatStore.getState().messages[conversationId]?.loaded) void loadMessages();
  }, [conversationId, loadMessages]);

  const { byId, shownLeafId, hasMore, loaded } = found;
  return {
    thread: useMemo(() => readThread(byId, shownLeafId), [byId, shownLeafId]),
    loading: conversationId !== null && !loaded && error === null,
    error,
    hasMore,
    loadMessages,
    loadOlder,
  };
}

function oldestOf(conversationId: string): string | undefined {
  const byId = useChatStore.getState().messages[conversationId]?.byId ?? {};
  return Object.values(byId).sort((a, b) => a.seq - b.seq)[0]?.id;
}

/** Return an error in the form that the interface can name. */
export function asApiError(problem: unknown): ApiError {
  return problem instanceof ApiError ? problem : new ApiError('internal_error', 0);
}
