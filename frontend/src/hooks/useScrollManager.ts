import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isTemp } from '@/utils/messageFactory';

const NEAR_END_PX = 80;
/** How many screens from the top earlier messages are asked for. */
const NEAR_TOP_SCREENS = 1.5;

export interface ScrollManager {
  scrollRef: RefObject<HTMLElement | null>;
  /** Whether the end is in view; if not, new text does not move what one reads. */
  atEnd: boolean;
  scrollToBottom: () => void;
  /** Somewhere else is looked at now: the end is not followed. */
  leaveEnd: () => void;
  /** To be called when what is shown has changed its height, before it is painted. */
  onResize: () => void;
}

interface ScrollManagerOptions {
  conversationId: string | null;
  /** The newest message that is shown. */
  lastId: string | undefined;
  /** Called when the top is near; may come often. */
  onNearTop: () => void;
}

/** Follow the end of a growing text, unless the reader has scrolled away from it. */
export function useScrollManager({ conversationId, lastId, onNearTop }: ScrollManagerOptions): ScrollManager {
  const scrollRef = useRef<HTMLElement>(null);
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);
  const nearTop = useRef(onNearTop);
  useLayoutEffect(() => {
    nearTop.current = onNearTop;
  });

  const scrollToBottom = useCallback(() => {
    const area = scrollRef.current;
    following.current = true;
    if (area) area.scrollTop = area.scrollHeight;
  }, []);

  const leaveEnd = useCallback(() => {
    following.current = false;
  }, []);

  const look = useCallback(() => {
    const area = scrollRef.current;
    if (!area) return;
    const isNear = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_END_PX;
    following.current = isNear;
    setAtEnd(isNear);
    if (area.scrollTop < area.clientHeight * NEAR_TOP_SCREENS) nearTop.current();
  }, []);

  const onResize = useCallback(() => {
    const area = scrollRef.current;
    if (area && following.current) area.scrollTop = area.scrollHeight;
  }, []);

  // A conversation opens at its end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when another conversation is shown
  useLayoutEffect(() => scrollToBottom(), [conversationId, scrollToBottom]);
  // Who sends looks at what comes of it; what comes by itself is followed from the end only.
  useLayoutEffect(() => {
    if (lastId && isTemp(lastId)) scrollToBottom();
    else onResize();
  }, [lastId, scrollToBottom, onResize]);

  useEffect(() => {
    const area = scrollRef.current;
    if (!area) return;
    // Who turns back wants to read, even if it is only a line.
    const onWheel = (event: WheelEvent): void => {
      if (event.deltaY < 0) following.current = false;
    };
    const onAreaResize = new ResizeObserver(onResize);
    area.addEventListener('scroll', look, { passive: true });
    area.addEventListener('wheel', onWheel, { passive: true });
    onAreaResize.observe(area);
    return () => {
      area.removeEventListener('scroll', look);
      area.removeEventListener('wheel', onWheel);
      onAreaResize.disconnect();
    };
  }, [look, onResize]);

  return { scrollRef, atEnd, scrollToBottom, leaveEnd, onResize };
}
