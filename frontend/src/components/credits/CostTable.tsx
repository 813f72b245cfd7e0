import { useI18n } from '@/i18n';
import type { Cost } from '@/types';
import { exactTerm, formatCount, formatCredits, recomputeCost } from '@/utils/credits';
import { TERMS } from '@/utils/creditWords';

const TOKENS_PER_RATE = 1_000_000;

/** A computation, line by line: so much of something at a rate, and the sum, rounded up once. */
export function CostTable({ caption, cost }: { caption: string; cost: Cost }) {
  const { t, locale } = useI18n();
  return (
    <table className="figures">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t('explain.item')}</th>
          <th scope="col">{t('explain.quantity')}</th>
          <th scope="col">
            {cost.divisor === TOKENS_PER_RATE ? t('explain.ratePerMillion') : t('explain.rate')}
          </th>
          <th scope="col">{t('explain.sum')}</th>
        </tr>
      </thead>
      <tbody>
        {cost.terms.map((term) => {
          const name = TERMS[term.name];
          return (
            <tr key={term.name}>
              <th scope="row">{name ? t(name) : term.name}</th>
              <td>{formatCount(term.quantity, locale)}</td>
              <td>{formatCredits(term.rate_mc, locale)}</td>
              <td>{exactTerm(term, cost.divisor)}</td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={3}>
            {t('explain.total')}
          </th>
          <td>{formatCredits(recomputeCost(cost), locale)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
