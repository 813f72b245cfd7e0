import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { TextField } from '@/components/ui/TextField';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { setPrice } from '@/services/adminCredits';
import { QUOTES } from '@/services/credits';
import type { ModelPrice, TokenPrice } from '@/types';
import { parseCredits, writeCredits } from '@/utils/credits';
import { RATE_MAX_MC } from '@/utils/prices';

const RATES = ['input_mc', 'output_mc', 'reasoning_mc', 'cached_mc'] as const;
type Rate = (typeof RATES)[number];
const OPTIONAL = new Set<Rate>(['reasoning_mc', 'cached_mc']);

/** Set what a model's tokens cost, by the million. */
export function PriceForm({ model, onClose }: { model: ModelPrice; onClose: () => void }) {
  const { t, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const [written, setWritten] = useState(() => writeRates(model));
  const [busy, setBusy] = useState(false);
  const price = readRates(written);

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!price) return;
    setBusy(true);
    try {
      await setPrice(model.model_id, price);
      notify(t('settings.saved'));
      for (const queryKey of [['prices'], ['models'], ['audit'], QUOTES])
        void queries.invalidateQueries({ queryKey });
      onClose();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
      setBusy(false);
    }
  };
  const names: Record<Rate, { label: string; hint?: string }> = {
    input_mc: { label: t('prices.input') },
    output_mc: { label: t('prices.output') },
    reasoning_mc: { label: t('prices.reasoning'), hint: t('prices.reasoningHint') },
    cached_mc: { label: t('prices.cached'), hint: t('prices.cachedHint') },
  };
  return (
    <Dialog open size="medium" title={t('prices.title', { model: model.name })} onClose={onClose}>
      <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4 overflow-y-auto p-5">
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
        <p className="text-caption text-ink-2">{t('prices.frozen')}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" disabled={busy || !price}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Dialog>
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

function readRate(text: string): number | null {
  const mc = parseCredits(text, RATE_MAX_MC);
  return mc !== null && mc >= 0 ? mc : null;
}

/** An empty field says nothing: undefined. */
function readOptional(text: string): number | null | undefined {
  return text.trim() ? readRate(text) : undefined;
}
