import { type FocusEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';

/** Move through a grid of equal tiles with the arrow keys; only one of them is in the order of Tab. */
export function useGridKeys(count: number) {
  const gridRef = useRef<HTMLUListElement>(null);
  const [active, setActive] = useState(0);
  const current = Math.max(0, Math.min(active, count - 1));

  // A tile that had the focus is gone: the keys go on from the one in its place.
  const before = useRef(count);
  useLayoutEffect(() => {
    const isLess = count < before.current;
    before.current = count;
    if (isLess && document.activeElement === document.body) tileAt(gridRef.current, current)?.focus();
  }, [count, current]);

  const focus = (index: number): void => {
    const next = Math.max(0, Math.min(index, count - 1));
    setActive(next);
    tileAt(gridRef.current, next)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || !isTile(event.target)) return;
    const next = stepFrom(event.key, current, columnsOf(gridRef.current), count);
    if (next === null) return;
    event.preventDefault();
    focus(next);
  };
  const onFocus = (event: FocusEvent): void => {
    const item = (event.target as HTMLElement).closest('li');
    const index = item && gridRef.current ? [...gridRef.current.children].indexOf(item) : -1;
    if (index >= 0) setActive(index);
  };
  return { gridRef, active: current, focus, onKeyDown, onFocus };
}

/** Return where a key leads from a place; null for a key that leads nowhere. */
export function stepFrom(key: string, from: number, columns: number, count: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return from - 1;
    case 'ArrowRight':
      return from + 1;
    case 'ArrowUp':
      return from - columns < 0 ? from : from - columns;
    case 'ArrowDown':
      return from + columns > count - 1 ? from : from + columns;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

function columnsOf(grid: HTMLUListElement | null): number {
  const tops = [...(grid?.children ?? [])].map((tile) => (tile as HTMLElement).offsetTop);
  return Math.max(1, tops.filter((top) => top === tops[0]).length);
}

function tileAt(grid: HTMLUListElement | null, index: number): HTMLElement | null {
  return grid?.children[index]?.querySelector('[data-tile]') ?? null;
}

function isTile(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.dataset.tile !== undefined;
}
