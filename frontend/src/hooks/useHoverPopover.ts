import {
  type FocusEvent,
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useClickOutside } from './useClickOutside';

const OPEN_AFTER_MS = 150;
const CLOSE_AFTER_MS = 250;

/**
 * Something that opens beside its trigger: in passing, while the pointer or the focus is there, or for good, by a
 * click or a tap, until the next one, Escape, or a click elsewhere.
 */
export function useHoverPopover() {
  const rootRef = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [open, setOpen] = useState<'passing' | 'pinned' | null>(null);

  const close = useCallback(() => {
    clearTimeout(timer.current);
    setOpen(null);
  }, []);
  useClickOutside(rootRef, open !== null, close);
  useEffect(() => () => clearTimeout(timer.current), []);

  const passBy = (event: PointerEvent, next: 'passing' | null, afterMs: number): void => {
    if (event.pointerType !== 'mouse') return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen((now) => (now === 'pinned' ? now : next)), afterMs);
  };
  return {
    open: open !== null,
    close,
    rootRef,
    rootProps: {
      onPointerEnter: (event: PointerEvent) => passBy(event, 'passing', OPEN_AFTER_MS),
      onPointerLeave: (event: PointerEvent) => passBy(event, null, CLOSE_AFTER_MS),
      onFocus: (event: FocusEvent) => {
        if (event.target.matches(':focus-visible')) setOpen((now) => now ?? 'passing');
      },
      onBlur: (event: FocusEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      },
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Escape') close();
      },
    },
    /** For the trigger's click. */
    toggle: () => {
      clearTimeout(timer.current);
      setOpen((now) => (now === 'pinned' ? null : 'pinned'));
    },
  };
}
