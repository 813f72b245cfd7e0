import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router';
import { getMessages } from '@/services/message';
import { useChatStore } from '@/stores/useChatStore';
import type { Message } from '@/types';
import { readThread } from '@/utils/messageTree';

const PAGE = 100;
/** How far back a message is looked for: 20,000 messages. */
const PAGES_MAX = 200;

/** The message that the address asks for; a new object each time it is asked for. */
export interface FoundMessage {
  id: string;
  key: string;
}

interface FoundMessageOptions {
  conversationId: string;
  loaded: boolean;
  /** Called with what went wrong; with null when there is no such message (any more). */
  onMissing: (problem: unknown) => void;
}

/**
 * Return the message that the address names (`?message=`), once it is loaded and on the branch that is shown. Messages
 * are read back to it, so that what is loaded stays without gaps.
 */
export function useFoundMessage(options: FoundMessageOptions): FoundMessage | null {
  const { conversationId, loaded } = options;
  const { search, key } = useLocation();
  const id = new URLSearchParams(search).get('message');
  const [found, setFound] = useState<FoundMessage | null>(null);
  // What was asked for once is not gone to again when the messages are loaded anew.
  const answered = useRef<string | null>(null);
  const missing = useRef(options.onMissing);
  missing.current = options.onMissing;

  useEffect(() => {
    if (!id || !loaded || answered.current === key) return;
    const leaving = new AbortController();
    void readBackTo(conversationId, id, leaving.signal)
      .then((isThere) => {
        if (leaving.signal.aborted) return;
        answered.current = key;
        if (!isThere) return missing.current(null);
        showBranchOf(conversationId, id);
        setFound({ id, key });
      })
      .catch((problem: unknown) => {
        if (!leaving.signal.aborted) missing.current(problem);
      });
    return () => leaving.abort();
  }, [conversationId, id, loaded, key]);
  return found?.key === key ? found : null;
}

async function readBackTo(conversationId: string, id: string, signal: AbortSignal): Promise<boolean> {
  const here = useChatStore.getState().messages[conversationId];
  if (!here || here.byId[id]) return Boolean(here);
  const older: Message[] = [];
  let hasMore = here.hasMore;
  let oldest = Object.values(here.byId).sort((a, b) => a.seq - b.seq)[0]?.id;
  for (
    let pages = 0;
    hasMore && pages < PAGES_MAX && !older.some((message) => message.id === id);
    pages += 1
  ) {
    const page = await getMessages(conversationId, PAGE, 0, oldest);
    if (signal.aborted) return false;
    older.unshift(...page.items);
    oldest = page.items[0]?.id;
    hasMore = page.has_more;
  }
  useChatStore.getState().addOlderMessages(conversationId, { items: older, has_more: hasMore });
  return older.some((message) => message.id === id);
}

function showBranchOf(conversationId: string, id: string): void {
  const { messages, showVersion } = useChatStore.getState();
  const here = messages[conversationId];
  const isShown = here && readThread(here.byId, here.shownLeafId).path.some((message) => message.id === id);
  if (!isShown) showVersion(conversationId, id);
}
