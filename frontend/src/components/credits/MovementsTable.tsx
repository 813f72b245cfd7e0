import { useI18n } from '@/i18n';
import type { CreditEntry } from '@/types';
import { formatCredits } from '@/utils/credits';
import { STEPS } from '@/utils/creditWords';

/** What a transaction moved, step by step, and what was free after each. */
export function MovementsTable({ entries }: { entries: CreditEntry[] }) {
  const { t, locale } = useI18n();
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' });
  return (
    <table className="figures">
      <caption>{t('explain.movements')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('explain.step')}</th>
          <th scope="col">{t('explain.balanceChange')}</th>
          <th scope="col">{t('explain.heldChange')}</th>
          <th scope="col">{t('explain.after')}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.seq}>
            <th scope="row">
              {t(STEPS[entry.step])}
              <time dateTime={entry.created_at} className="num block text-[11px] font-normal text-ink-3">
                {time.format(new Date(entry.created_at))}
              </time>
            </th>
            <td>{formatCredits(entry.amount_mc, locale, true)}</td>
            <td>{formatCredits(entry.held_change_mc, locale, true)}</td>
            <td>{formatCredits(entry.balance_after_mc - entry.held_after_mc, locale)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
