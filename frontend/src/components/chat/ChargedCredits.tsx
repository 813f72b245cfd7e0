import { type MessageKey, useI18n } from '@/i18n';
import type { Message } from '@/types';
import { formatCount, formatCredits } from '@/utils/credits';

interface ChargedCreditsProps {
  credits: NonNullable<Message['credits']>;
  estimated: boolean;
  onExplain: (transactionId: string) => void;
}

/** What an answer cost; a click tells how that came about. */
export function ChargedCredits({ credits, estimated, onExplain }: ChargedCreditsProps) {
  const { t, locale } = useI18n();
  const { transaction_id, charged_mc, limited, tokens_max } = credits;
  if (charged_mc === null) return null;
  const isCharged = charged_mc > 0;
  const one = new Intl.PluralRules(locale).select(charged_mc / 1000) === 'one';
  const unit: MessageKey = one ? 'credits.amountOne' : 'credits.amount';
  const marks = [isCharged && estimated && t('charge.estimated'), limited && t('charge.limited')];
  const shown = [
    ...marks.filter(Boolean),
    isCharged
      ? t(unit, { amount: formatCredits(-charged_mc, locale) })
      : transaction_id
        ? t('charge.none')
        : t('charge.free'),
  ].join(' · ');
  const look = 'ml-auto text-[12.5px] text-ink-2';
  if (!transaction_id) return <span className={look}>{shown}</span>;
  return (
    <button
      type="button"
      title={
        limited ? t('charge.limitedHint', { count: formatCount(tokens_max, locale) }) : t('charge.explain')
      }
      onClick={() => onExplain(transaction_id)}
      className={`num ${look} -mr-2 h-8 rounded-[8px] px-2 hover:bg-selected hover:text-ink max-[719px]:h-11`}
    >
      {shown}
    </button>
  );
}
