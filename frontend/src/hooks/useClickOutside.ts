import { type RefObject, useEffect, useRef } from 'react';

/** Close what is visible when something outside of it is pressed, unless the condition says to leave it open. */
export function useClickOutside(
  ref: RefObject<HTMLElement | null>,
  isVisible: boolean,
  onClose: () => void,
  skipCondition?: (event: PointerEvent) => boolean,
): void {
  const latest = useRef({ onClose, skipCondition });
  useEffect(() => {
    latest.current = { onClose, skipCondition };
  });
  useEffect(() => {
    if (!isVisible) return;
    const onPointerDown = (event: PointerEvent): void => {
      if (ref.current?.contains(event.target as Node) || latest.current.skipCondition?.(event)) return;
      latest.current.onClose();
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [ref, isVisible]);
}
