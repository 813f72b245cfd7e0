import { useTransactionWords } from '@/hooks/useTransactionWords';
import { useI18n } from '@/i18n';
import type { Transaction } from '@/types';
import { formatCredits } from '@/utils/credits';
import { TransactionMark } from './TransactionMark';

interface LedgerRowProps {
  transaction: Transaction;
  onExplain?: () => void;
}

/** One transaction: what it was, how it ended, when, and what it came to. */
export function LedgerRow({ transaction, onExplain }: LedgerRowProps) {
  const { t, locale } = useI18n();
  const { title, note, amount } = useTransactionWords()(transaction);
  const { kind, state, held_mc, created_at } = transaction;
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const line = (
    <>
      <span className="pt-[3px]">
        <TransactionMark transaction={transaction} />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate">{title}</span>
        <span className="flex flex-wrap gap-x-2 text-caption text-ink-2">
          {note}
          <span className="text-ink-3">{time.format(new Date(created_at))}</span>
        </span>
      </span>
      <span className="num shrink-0 text-right text-[12.5px]">
        <span className={`block ${kind === 'grant' ? 'text-ok' : ''}`}>{amount}</span>
        {kind === 'charge' && state === 'settled' && (
          <span className="block text-[11px] text-ink-3">
            {t('credits.held', { amount: formatCredits(held_mc, locale) })}
          </span>
        )}
      </span>
    </>
  );
  const look = 'flex w-full items-start gap-2.5 px-2 py-2.5 text-left text-small';
  return (
    <li className="border-b border-line last:border-0">
      {onExplain ? (
        <button type="button" onClick={onExplain} className={`${look} rounded-2 hover:bg-sunken`}>
          {line}
        </button>
      ) : (
        <div className={look}>{line}</div>
      )}
    </li>
  );
}
