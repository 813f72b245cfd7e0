import { useQuery } from '@tanstack/react-query';
import { useI18n } from '@/i18n';
import { getChargingRules } from '@/services/credits';
import { RULES, SITUATIONS } from '@/utils/creditWords';

/** Who pays when: the very table by which the server decides. */
export function ChargingRules() {
  const { t } = useI18n();
  const { data: rules = [] } = useQuery({
    queryKey: ['charging-rules'],
    queryFn: getChargingRules,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div className="text-small">
      <p className="mb-3 text-ink-2">{t('charging.intro')}</p>
      <table className="w-full border-collapse">
        <thead className="text-left text-caption text-ink-2">
          <tr>
            <th scope="col" className="w-10 py-1.5 font-normal">
              <span className="max-[719px]:sr-only">{t('charging.number')}</span>
            </th>
            <th scope="col" className="py-1.5 font-normal">
              {t('charging.situation')}
            </th>
            <th scope="col" className="py-1.5 pl-4 font-normal">
              {t('charging.rule')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ number, situation, rule }) => {
            const sentence = SITUATIONS[situation];
            return (
              <tr key={situation} className="border-t border-line align-top">
                <td className="num py-2 text-caption text-ink-3">{number}</td>
                <th scope="row" className="py-2 text-left font-normal">
                  {sentence ? t(sentence) : situation}
                </th>
                <td className={`w-[42%] py-2 pl-4 ${rule === 'nothing' ? 'text-ok' : 'text-ink-2'}`}>
                  {t(RULES[rule])}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
