import { useCallback, useEffect, useState } from 'react';
import { loadConversations } from '@/services/conversationService';

/** Load the list of conversations, or the archive, page by page. */
export function useConversationList(archived = false): {
  hasMore: boolean;
  loading: boolean;
  failed: boolean;
  loadMore: () => void;
} {
  const [cursor, setCursor] = useState<string | null>(null);
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');

  const load = useCallback(
    async (from: string | null) => {
      setState('loading');
      try {
        setCursor(await loadConversations(from, archived));
        setState('ready');
      } catch {
        setState('failed'); // shown in the list, with a way to try again
      }
    },
    [archived],
  );

  useEffect(() => void load(null), [load]);
  return {
    hasMore: cursor !== null,
    loading: state === 'loading',
    failed: state === 'failed',
    loadMore: useCallback(() => void load(cursor), [load, cursor]),
  };
}
