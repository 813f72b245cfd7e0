import { useQuery } from '@tanstack/react-query';
import { useI18n } from '@/i18n';
import { getModels } from '@/services/models';
import type { Transaction } from '@/types';
import { formatCredits } from '@/utils/credits';
import { KINDS, REASONS, SITUATIONS, STATES } from '@/utils/creditWords';

export interface TransactionWords {
  /** What it was: the model that answered, or why credits came and went. */
  title: string;
  /** How it ended, or what kind of thing it is. */
  note: string;
  /** What it did to the balance; of a hold that did nothing to it, what became of it. */
  amount: string;
}

/** Say what a transaction is, in the language that is shown. */
export function useTransactionWords(): (transaction: Transaction) => TransactionWords {
  const { t, locale } = useI18n();
  const { data } = useQuery({ queryKey: ['models'], queryFn: getModels });

  return (transaction) => {
    const { kind, state, reason, model_id, situation, held_mc, amount_mc } = transaction;
    const known = REASONS[reason];
    const words = known ? t(known) : reason;
    const model = model_id && (data?.models.find((each) => each.id === model_id)?.name ?? model_id);
    const ended = situation ? SITUATIONS[situation] : undefined;
    const amount = formatCredits(state === 'settled' ? amount_mc : held_mc, locale, true);
    const held = formatCredits(held_mc, locale);
    return {
      title: model || words,
      note: t(ended ?? (kind === 'charge' ? STATES[state] : KINDS[kind])),
      amount:
        state === 'held'
          ? t('credits.held', { amount: held })
          : state === 'returned'
            ? t('ledger.returnedAmount', { amount: held })
            : amount,
    };
  };
}
