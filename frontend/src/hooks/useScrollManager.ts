import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

const NEAR_END_PX = 80;

export interface ScrollManager {
  scrollRef: RefObject<HTMLDivElement | null>;
  contentRef: RefObject<HTMLDivElement | null>;
  /** Whether the end is in view; if not, new text does not move what one reads. */
  atEnd: boolean;
  scrollToBottom: () => void;
  /** Keep what is in view where it is while older messages are put above it. */
  holdPosition: () => void;
}

/** Follow the end of a growing text, unless the reader has scrolled away from it. */
export function useScrollManager({ conversationId }: { conversationId: string | null }): ScrollManager {
  const scrollRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const held = useRef<number | null>(null);
  const [atEnd, setAtEnd] = useState(true);

  const scrollToBottom = useCallback(() => {
    const area = scrollRef.current;
    following.current = true;
    if (area) area.scrollTop = area.scrollHeight;
  }, []);

  const holdPosition = useCallback(() => {
    const area = scrollRef.current;
    held.current = area ? area.scrollHeight - area.scrollTop : null;
  }, []);

  // A conversation opens at its end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when another conversation is shown
  useLayoutEffect(() => scrollToBottom(), [conversationId, scrollToBottom]);

  useEffect(() => {
    const area = scrollRef.current;
    const content = contentRef.current;
    if (!area || !content) return;
    const onScroll = (): void => {
      const near = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_END_PX;
      following.current = near;
      setAtEnd(near);
    };
    const onGrowth = new ResizeObserver(() => {
      if (held.current !== null) {
        area.scrollTop = area.scrollHeight - held.current;
        held.current = null;
      } else if (following.current) {
        area.scrollTop = area.scrollHeight;
      }
    });
    area.addEventListener('scroll', onScroll, { passive: true });
    onGrowth.observe(content);
    onGrowth.observe(area);
    return () => {
      area.removeEventListener('scroll', onScroll);
      onGrowth.disconnect();
    };
  }, []);

  return { scrollRef, contentRef, atEnd, scrollToBottom, holdPosition };
}
