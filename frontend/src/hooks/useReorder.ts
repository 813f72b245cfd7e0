import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

/** So close to its edge a list that is longer than its place moves along. */
const EDGE_PX = 48;
const EDGE_STEP_PX = 14;
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export interface Reorder<T extends HTMLElement> {
  /** The element whose children are the items, in their order, side by side. */
  list: RefObject<T | null>;
  draggedId: string | null;
  /** For the handle of an item: drag it, or move it with the arrow keys, Home and End. */
  handleProps: (id: string) => {
    'data-handle': string;
    onPointerDown: (event: PointerEvent) => void;
    onKeyDown: (event: KeyboardEvent) => void;
  };
}

interface Drag {
  id: string;
  /** Where in the item it was taken, from its left edge. */
  grip: number;
  x: number;
}

/** Change the order of items that stand side by side, by pointer or by keys. `onEnd`: the last move of a drag is done. */
export function useReorder<T extends HTMLElement>(
  ids: string[],
  onMove: (from: number, to: number) => void,
  onEnd?: () => void,
): Reorder<T> {
  const list = useRef<T>(null);
  const drag = useRef<Drag | null>(null);
  const focusId = useRef<string | null>(null);
  const [draggedId, setDragged] = useState<string | null>(null);
  const latest = useRef({ ids, onMove, onEnd });
  useLayoutEffect(() => {
    latest.current = { ids, onMove, onEnd };
  });

  useFollowPointer(list, drag, draggedId, latest, () => setDragged(null));
  const order = ids.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new order puts what is dragged or focused elsewhere
  useLayoutEffect(() => {
    if (drag.current) place(list.current, drag.current, latest.current.ids);
    if (focusId.current === null) return;
    list.current?.querySelector<HTMLElement>(`[data-handle="${CSS.escape(focusId.current)}"]`)?.focus();
    focusId.current = null;
  }, [order]);

  const handleProps = useCallback(
    (id: string) => ({
      'data-handle': id,
      onPointerDown: (event: PointerEvent) => {
        const item = itemOf(list.current, latest.current.ids, id);
        if (event.button !== 0 || !item) return;
        drag.current = { id, grip: event.clientX - item.getBoundingClientRect().left, x: event.clientX };
        setDragged(id);
      },
      onKeyDown: (event: KeyboardEvent) => {
        const { ids: now, onMove: move, onEnd: end } = latest.current;
        const from = now.indexOf(id);
        const to =
          event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? now.length - 1
              : from + (STEPS[event.key] ?? Number.NaN);
        if (!(to >= 0 && to < now.length)) return;
        event.preventDefault();
        if (to === from) return;
        focusId.current = id;
        move(from, to);
        end?.();
      },
    }),
    [],
  );
  return { list, draggedId, handleProps };
}

/** While something is dragged, it follows the pointer, wherever that goes. */
function useFollowPointer<T extends HTMLElement>(
  list: RefObject<T | null>,
  drag: RefObject<Drag | null>,
  draggedId: string | null,
  latest: RefObject<{
    ids: string[];
    onMove: (from: number, to: number) => void;
    onEnd?: (() => void) | undefined;
  }>,
  finish: () => void,
): void {
  const done = useRef(finish);
  useEffect(() => {
    done.current = finish;
  });
  useEffect(() => {
    if (draggedId === null) return;
    const onPointerMove = ({ clientX }: globalThis.PointerEvent): void => {
      const { current: element } = list;
      if (!element || !drag.current) return;
      drag.current.x = clientX;
      scrollAtEdge(element, clientX);
      const { ids, onMove } = latest.current;
      const from = ids.indexOf(draggedId);
      const to = targetOf(element, ids, draggedId, clientX);
      if (from >= 0 && to !== from) onMove(from, to);
      else place(element, drag.current, ids);
    };
    const stop = (): void => {
      const item = itemOf(list.current, latest.current.ids, draggedId);
      if (item) item.style.transform = '';
      drag.current = null;
      done.current();
      latest.current.onEnd?.();
    };
    window.addEventListener('pointermove', onPointerMove);
    window.addEventListener('pointerup', stop);
    window.addEventListener('pointercancel', stop);
    return () => {
      window.removeEventListener('pointermove', onPointerMove);
      window.removeEventListener('pointerup', stop);
      window.removeEventListener('pointercancel', stop);
    };
  }, [draggedId, list, drag, latest]);
}

function itemOf(list: HTMLElement | null, ids: string[], id: string): HTMLElement | undefined {
  const item = list?.children[ids.indexOf(id)];
  return item instanceof HTMLElement ? item : undefined;
}

/** Put what is dragged under the pointer, from the place that it has in the order by now. */
function place(list: HTMLElement | null, { id, grip, x }: Drag, ids: string[]): void {
  const item = itemOf(list, ids, id);
  if (!list || !item) return;
  item.style.transform = '';
  item.style.transform = `translateX(${x - grip - item.getBoundingClientRect().left}px)`;
}

/** Return where a dragged item belongs: behind all others whose middle lies left of the pointer. */
function targetOf(list: HTMLElement, ids: string[], draggedId: string, x: number): number {
  return ids.filter((id) => {
    const box = id === draggedId ? undefined : itemOf(list, ids, id)?.getBoundingClientRect();
    return box !== undefined && box.left + box.width / 2 < x;
  }).length;
}

function scrollAtEdge(list: HTMLElement, x: number): void {
  const box = list.getBoundingClientRect();
  if (x < box.left + EDGE_PX) list.scrollLeft -= EDGE_STEP_PX;
  else if (x > box.right - EDGE_PX) list.scrollLeft += EDGE_STEP_PX;
}
