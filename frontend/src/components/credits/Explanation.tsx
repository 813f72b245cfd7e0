import { CircleCheck, TriangleAlert } from 'lucide-react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { useTransaction } from '@/hooks/useCredits';
import { asApiError } from '@/hooks/useMessageLoader';
import { useTransactionWords } from '@/hooks/useTransactionWords';
import { useI18n } from '@/i18n';
import type { TransactionDetail } from '@/types';
import { addsUp, formatCount } from '@/utils/credits';
import { CostTable } from './CostTable';
import { Figures } from './Figures';
import { MovementsTable } from './MovementsTable';

interface ExplanationProps {
  transactionId: string;
  onClose: () => void;
}

/** How one transaction came about: what was held, what was used, at which price, and what moved. */
export function Explanation({ transactionId, onClose }: ExplanationProps) {
  const { t, errorText } = useI18n();
  const { data, error, refetch } = useTransaction(transactionId);
  return (
    <Dialog open size="medium" title={t('explain.title')} onClose={onClose}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and holds nothing else for the keyboard to reach */}
      <section tabIndex={0} aria-label={t('explain.title')} className="min-h-40 overflow-y-auto p-5">
        {data && <Account detail={data} />}
        {error && !data && (
          <div role="alert" className="flex flex-col items-center gap-3 py-6 text-small text-ink-2">
            {errorText(asApiError(error))}
            <Button onClick={() => void refetch()}>{t('common.retry')}</Button>
          </div>
        )}
      </section>
    </Dialog>
  );
}

function Account({ detail }: { detail: TransactionDetail }) {
  const { t } = useI18n();
  const { title, note } = useTransactionWords()(detail);
  const { estimate, result, held_mc, amount_mc, state, entries } = detail;
  return (
    <div className="flex flex-col gap-5 text-small">
      <div>
        <p className="font-medium">{title}</p>
        <p className="text-ink-2">{note}</p>
      </div>
      {estimate && (
        <Figures
          figures={[
            { label: t('explain.held'), mc: held_mc },
            ...(state === 'held'
              ? []
              : [
                  { label: t('explain.charged'), mc: -amount_mc },
                  { label: t('explain.returned'), mc: held_mc + amount_mc },
                ]),
          ]}
        />
      )}
      {result && <CostTable caption={t('explain.result')} cost={result} />}
      {detail.usage && <Usage usage={detail.usage} />}
      {estimate && <CostTable caption={t('explain.estimate')} cost={estimate} />}
      {detail.price_version !== null && (
        <p className="text-ink-2">{t('explain.price', { version: detail.price_version })}</p>
      )}
      {estimate && <Agreement agrees={addsUp(detail)} formula={(result ?? estimate).formula} />}
      <MovementsTable entries={entries} />
    </div>
  );
}

function Usage({ usage }: { usage: NonNullable<TransactionDetail['usage']> }) {
  const { t, locale } = useI18n();
  const count = (name: string): string => formatCount(Number(usage[name] ?? 0), locale);
  return (
    <p className="-mt-2.5 text-ink-2">
      <span className="block">{usage.estimated ? t('explain.counted') : t('explain.reported')}</span>
      {t('explain.usage', {
        prompt: count('prompt_tokens'),
        cached: count('cached_tokens'),
        completion: count('completion_tokens'),
        reasoning: count('reasoning_tokens'),
      })}
    </p>
  );
}

/** The server's formula, and whether this browser, from the terms alone, comes to the same. */
function Agreement({ agrees, formula }: { agrees: boolean; formula: string }) {
  const { t } = useI18n();
  const Icon = agrees ? CircleCheck : TriangleAlert;
  return (
    <div role={agrees ? 'status' : 'alert'} className="rounded-3 bg-sunken px-4 py-3">
      <p className={`flex items-start gap-2 ${agrees ? 'text-ok' : 'text-danger'}`}>
        <Icon size={15} strokeWidth={1.8} aria-hidden="true" className="mt-[3px] shrink-0" />
        {agrees ? t('explain.agrees') : t('explain.differs')}
      </p>
      <p className="mt-1.5 text-caption break-words text-ink-2">
        {t('explain.unit')} <span className="num">{formula}</span>
      </p>
    </div>
  );
}
