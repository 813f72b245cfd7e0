import { Button } from '@/components/ui/Button';
import { useRecentTransactions } from '@/hooks/useCredits';
import { useTransactionWords } from '@/hooks/useTransactionWords';
import { useI18n } from '@/i18n';
import { TransactionMark } from './TransactionMark';

interface RecentMovementsProps {
  id: string;
  onOpenLedger: () => void;
}

/** The last movements of the account, above its meter, and the way to all of them. */
export function RecentMovements({ id, onOpenLedger }: RecentMovementsProps) {
  const { t } = useI18n();
  const recent = useRecentTransactions();
  const describe = useTransactionWords();
  return (
    <section
      id={id}
      tabIndex={-1}
      aria-label={t('credits.recent')}
      className="absolute bottom-full left-0 z-30 w-[304px] max-w-[calc(100vw-32px)] animate-pop rounded-3 border border-line bg-raised p-1.5 shadow-2 outline-none"
    >
      <h2 className="px-2.5 pt-1.5 pb-1 text-caption text-ink-3">{t('credits.recent')}</h2>
      {recent?.length === 0 && <p className="px-2.5 py-1.5 text-small text-ink-2">{t('credits.none')}</p>}
      <ul>
        {recent?.map((transaction) => {
          const { title, amount } = describe(transaction);
          return (
            <li key={transaction.id} className="flex items-center gap-2 px-2.5 py-1.5 text-small">
              <TransactionMark transaction={transaction} />
              <span className="min-w-0 flex-1 truncate">{title}</span>
              <span className="num shrink-0 text-caption text-ink-2">{amount}</span>
            </li>
          );
        })}
      </ul>
      <Button look="quiet" className="mt-0.5 w-full" onClick={onOpenLedger}>
        {t('credits.openLedger')}
      </Button>
    </section>
  );
}
