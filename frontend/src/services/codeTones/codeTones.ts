import type { ToneLine } from '@/types/code';
import type { ToneAnswer, ToneOrder } from './worker';

/** Longer code stays plain. */
const CODE_CHARS_MAX = 100_000;

let worker: Worker | undefined;
let orders = 0;
const waiting = new Map<number, (lines: ToneLine[] | null) => void>();

/**
 * Ask what the pieces of a code are. A thread of its own reads it, with a grammar loaded for this, so that no frame
 * waits for it. Never rejects: null means plain. Returns a way to want it no more.
 */
export function askTones(
  code: string,
  language: string,
  take: (lines: ToneLine[] | null) => void,
): () => void {
  if (typeof Worker === 'undefined' || code.length > CODE_CHARS_MAX) return () => undefined;
  const id = ++orders;
  waiting.set(id, take);
  const order: ToneOrder = { id, code, language };
  reader().postMessage(order);
  return () => waiting.delete(id);
}

function reader(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<ToneAnswer>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  };
  return worker;
}
