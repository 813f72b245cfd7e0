import { Fragment, memo, type ReactNode } from 'react';

interface RunsProps<T> {
  items: T[];
  size: number;
  /** Draws one item by its place; has to be the same function each time. */
  draw: (item: T, index: number) => ReactNode;
}

/** Draw many items in runs, so that one more item at the end draws only the last run again. */
export function Runs<T>({ items, size, draw }: RunsProps<T>) {
  const runs: ReactNode[] = [];
  for (let start = 0; start < items.length; start += size)
    runs.push(<Run key={start} items={items.slice(start, start + size)} start={start} draw={draw as Draw} />);
  return runs;
}

type Draw = (item: unknown, index: number) => ReactNode;

interface RunProps {
  items: unknown[];
  start: number;
  draw: Draw;
}

const Run = memo(({ items, start, draw }: RunProps) => {
  return items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an item is known by its place; a text only grows at its end
    <Fragment key={index}>{draw(item, start + index)}</Fragment>
  ));
}, isSameRun);

function isSameRun(before: RunProps, after: RunProps): boolean {
  return before.draw === after.draw && isSameList(before.items, after.items);
}

/** Whether two lists hold the very same things. */
export function isSameList(before: unknown[], after: unknown[]): boolean {
  return before.length === after.length && before.every((item, index) => item === after[index]);
}
