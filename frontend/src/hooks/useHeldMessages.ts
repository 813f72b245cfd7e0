import { type RefObject, useEffect, useState } from 'react';

const NONE: string[] = [];

/**
 * Return the messages that may not leave the document, wherever one scrolls: the one that has the focus, and those
 * where a selection begins and ends. Rows name their message in `data-message`.
 */
export function useHeldMessages(area: RefObject<HTMLElement | null>): string[] {
  const [held, setHeld] = useState(NONE);
  useEffect(() => {
    const look = (): void => {
      const selection = document.getSelection();
      const ends = selection?.isCollapsed ? [] : [selection?.anchorNode, selection?.focusNode];
      const ids = [document.activeElement, ...ends].map((node) => messageOf(area.current, node));
      const found = [...new Set(ids.filter((id) => id !== null))];
      setHeld((before) => (before.join() === found.join() ? before : found));
    };
    document.addEventListener('selectionchange', look);
    document.addEventListener('focusin', look);
    return () => {
      document.removeEventListener('selectionchange', look);
      document.removeEventListener('focusin', look);
    };
  }, [area]);
  return held;
}

function messageOf(area: HTMLElement | null, node: Node | null | undefined): string | null {
  if (!node || !area?.contains(node)) return null;
  const element = node instanceof Element ? node : node.parentElement;
  return element?.closest<HTMLElement>('[data-message]')?.dataset.message ?? null;
}
