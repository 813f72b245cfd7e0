import { useState } from 'react';
import { TextField } from '@/components/ui/TextField';
import { useI18n } from '@/i18n';
import type { ModelPrice, TokenPrice } from '@/types';
import { writeCredits } from '@/utils/credits';
import { readRate } from '@/utils/mediaPrices';
import { PriceDialog } from './PriceDialog';

const RATES = ['input_mc', 'output_mc', 'reasoning_mc', 'cached_mc'] as const;
type Rate = (typeof RATES)[number];
const OPTIONAL = new Set<Rate>(['reasoning_mc', 'cached_mc']);

/** Set what a model's tokens cost, by the million. */
export function TokenPriceForm({ model, onClose }: { model: ModelPrice; onClose: () => void }) {
  const { t } = useI18n();
  const [written, setWritten] = useState(() => writeRates(model));
  const names: Record<Rate, { label: string; hint?: string }> = {
    input_mc: { label: t('prices.input') },
    output_mc: { label: t('prices.output') },
    reasoning_mc: { label: t('prices.reasoning'), hint: t('prices.reasoningHint') },
    cached_mc: { label: t('prices.cached'), hint: t('prices.cachedHint') },
  };
  return (
    <PriceDialog model={model} price={readRates(written)} onClose={onClose}>
      <p className="text-small text-ink-2">{t('prices.perMillion')}</p>
      <div className="grid grid-cols-2 gap-x-3 gap-y-4">
        {RATES.map((rate) => (
          <TextField
            key={rate}
            {...names[rate]}
            value={written[rate]}
            inputMode="decimal"
            autoComplete="off"
            required={!OPTIONAL.has(rate)}
            aria-invalid={written[rate] !== '' && readRate(written[rate]) === null}
            onChange={(event) => setWritten({ ...written, [rate]: event.target.value })}
          />
        ))}
      </div>
    </PriceDialog>
  );
}

type Written = Record<Rate, string>;

function writeRates({ price }: ModelPrice): Written {
  const known = price?.kind === 'tokens' ? price : null;
  const write = (rate: Rate): string => {
    const mc = known?.[rate];
    return mc === null || mc === undefined ? '' : writeCredits(mc);
  };
  return {
    input_mc: write('input_mc'),
    output_mc: write('output_mc'),
    reasoning_mc: write('reasoning_mc'),
    cached_mc: write('cached_mc'),
  };
}

/** Return the price that was written, or null while it is none. */
function readRates(written: Written): TokenPrice | null {
  const [input, output] = [readRate(written.input_mc), readRate(written.output_mc)];
  const [reasoning, cached] = [readOptional(written.reasoning_mc), readOptional(written.cached_mc)];
  if (input === null || output === null || reasoning === null || cached === null) return null;
  return {
    kind: 'tokens',
    input_mc: input,
    output_mc: output,
    ...(reasoning !== undefined && { reasoning_mc: reasoning }),
    ...(cached !== undefined && { cached_mc: cached }),
  };
}

/** An empty field says nothing: undefined. */
function readOptional(text: string): number | null | undefined {
  return text.trim() ? readRate(text) : undefined;
}
