import { Check, Minus, Pencil, Plus, Undo2 } from 'lucide-react';
import type { Transaction } from '@/types';

const LOOK = { size: 15, strokeWidth: 1.8, 'aria-hidden': true, className: 'shrink-0 text-ink-3' } as const;

/** A sign for what a transaction is: held (hatched, as in the meter), settled, returned, given, taken, corrected. */
export function TransactionMark({ transaction: { kind, state } }: { transaction: Transaction }) {
  if (kind === 'grant') return <Plus {...LOOK} />;
  if (kind === 'deduct') return <Minus {...LOOK} />;
  if (kind === 'adjust') return <Pencil {...LOOK} />;
  if (state === 'settled') return <Check {...LOOK} />;
  if (state === 'returned') return <Undo2 {...LOOK} />;
  return <span aria-hidden="true" className="hatched m-px block h-[13px] w-[13px] shrink-0 rounded-[3px]" />;
}
