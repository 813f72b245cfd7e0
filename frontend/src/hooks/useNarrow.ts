import { useSyncExternalStore } from 'react';

const NARROW = '(max-width: 719px)';
const WIDE = '(min-width: 1180px)';

/** Tell whether the screen is one column wide. */
export function useNarrow(): boolean {
  return useMedia(NARROW);
}

/** Tell whether there is room for three columns. */
export function useWide(): boolean {
  return useMedia(WIDE);
}

function useMedia(condition: string): boolean {
  return useSyncExternalStore(condition === WIDE ? subscribeWide : subscribeNarrow, () => matches(condition));
}

const subscribeNarrow = (listener: () => void): (() => void) => subscribe(NARROW, listener);
const subscribeWide = (listener: () => void): (() => void) => subscribe(WIDE, listener);

function matches(condition: string): boolean {
  return window.matchMedia(condition).matches;
}

function subscribe(condition: string, listener: () => void): () => void {
  const query = window.matchMedia(condition);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
