import { useEffect, useRef } from 'react';
import { matchShortcut, type ShortcutId } from '@/utils/shortcuts';

/** Do what the keys of the table ask for, wherever on the page they are pressed. */
export function useShortcuts(actions: Record<ShortcutId, () => void>): void {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const id = matchShortcut(event);
      if (!id) return;
      event.preventDefault();
      current.current[id]();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
