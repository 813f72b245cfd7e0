import { useCallback, useEffect, useState } from 'react';
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

const EMPTY: Thread = { path: [], versions: {} };

/** Load a conversation's messages (from the store when they are there), older ones on demand, and join its answer. */
export function useMessageLoader({ conversationId }: { conversationId: string | null }): MessageLoader {
  const found = useChatStore((state) => (conversationId ? state.messages[conversationId] : undefined));
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

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
    if (!conversationId || !oldest || busy) return;
    setBusy(true);
    try {
      const page = await getMessages(conversationId, 50, 0, oldest);
      useChatStore.getState().addOlderMessages(conversationId, page);
    } catch (problem) {
      setError(asApiError(problem));
    } finally {
      setBusy(false);
    }
  }, [conversationId, busy]);

  const loaded = found?.loaded ?? false;
  useEffect(() => {
    setError(null);
    if (conversationId && !useChatStore.getState().messages[conversationId]?.loaded) void loadMessages();
  }, [conversationId, loadMessages]);

  return {
    thread: found ? readThread(found.byId, found.shownLeafId) : EMPTY,
    loading: conversationId !== null && !loaded && error === null,
    error,
    hasMore: found?.hasMore ?? false,
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
