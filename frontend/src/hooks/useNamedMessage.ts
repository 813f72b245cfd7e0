import { type RefObject, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import type { VirtualizerHandle } from 'virtua';
import { useChatStore } from '@/stores/useChatStore';
import type { MessageLoader } from './useMessageLoader';
import type { ScrollManager } from './useScrollManager';

/** Bring the message that the address names (`?message=`) into view, once: from another branch or from further up, if need be. */
export function useNamedMessage(
  conversationId: string,
  loader: MessageLoader,
  scroll: ScrollManager,
  list: RefObject<VirtualizerHandle | null>,
): void {
  const { search, key } = useLocation();
  const named = new URLSearchParams(search).get('message');
  const shown = useRef<string | null>(null);
  const { path } = loader.thread;
  const { loading, hasMore, error, loadOlder } = loader;
  const { leaveEnd } = scroll;
  useEffect(() => {
    if (!named || shown.current === key || loading) return;
    const index = path.findIndex(({ id }) => id === named);
    const { messages, showVersion } = useChatStore.getState();
    if (index >= 0) {
      shown.current = key;
      leaveEnd();
      list.current?.scrollToIndex(index, { align: 'start' });
    } else if (messages[conversationId]?.byId[named]) showVersion(conversationId, named);
    else if (hasMore && !error) void loadOlder();
  }, [named, key, path, loading, hasMore, error, loadOlder, leaveEnd, list, conversationId]);
}
