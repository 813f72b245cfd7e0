import { useI18n } from '@/i18n';
import type { Price } from '@/types';
import { formatCredits } from '@/utils/credits';
import { isFree, lowestRate } from '@/utils/prices';

export interface PriceText {
  /** For the eye, beside a heading that names the unit. */
  shown: string;
  /** A whole sentence. */
  spoken: string;
}

/** Say what a price asks for, in the language that is shown. */
export function usePriceText(): (price: Price) => PriceText {
  const { t, locale } = useI18n();
  return (price) => {
    if (isFree(price)) return { shown: t('prices.free'), spoken: t('prices.free') };
    if (price.kind === 'tokens') {
      const [input, output] = [formatCredits(price.input_mc, locale), formatCredits(price.output_mc, locale)];
      return { shown: `${input} / ${output}`, spoken: t('prices.spoken', { input, output }) };
    }
    const amount = formatCredits(lowestRate(price), locale);
    const keys = { image: 'prices.fromImage', video: 'prices.fromSecond', call: 'prices.fromCall' } as const;
    const text = t(keys[price.kind], { amount });
    return { shown: text, spoken: text };
  };
}
