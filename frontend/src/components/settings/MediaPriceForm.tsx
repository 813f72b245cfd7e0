import { useState } from 'react';
import { Segments } from '@/components/ui/Segments';
import { TextField } from '@/components/ui/TextField';
import { useOptionWords } from '@/hooks/useOptionWords';
import { type MessageKey, useI18n } from '@/i18n';
import type { MediaPriceKind, ModelPrice, PriceScheme } from '@/types';
import { formatCredits } from '@/utils/credits';
import {
  pricedChoices,
  readPrice,
  readRate,
  readSoundPercent,
  type WrittenPrice,
  writePrice,
} from '@/utils/mediaPrices';
import { PriceDialog } from './PriceDialog';

const UNITS: Record<MediaPriceKind, MessageKey> = {
  image: 'mediaPrices.perImage',
  video: 'mediaPrices.perSecond',
  call: 'mediaPrices.perCall',
};
const HINTS: Record<MediaPriceKind, MessageKey> = {
  image: 'mediaPrices.imageHint',
  video: 'mediaPrices.secondHint',
  call: 'mediaPrices.callHint',
};

interface MediaPriceFormProps {
  model: ModelPrice;
  scheme: PriceScheme;
  onClose: () => void;
}

/** Set what pictures or clips of a model cost, for each choice that changes it. */
export function MediaPriceForm({ model, scheme, onClose }: MediaPriceFormProps) {
  const { t } = useI18n();
  const { name, value: say } = useOptionWords();
  const [written, setWritten] = useState(() =>
    writePrice(model.price?.kind === 'tokens' ? null : model.price, scheme),
  );
  const change = (changes: Partial<WrittenPrice>): void => setWritten({ ...written, ...changes });
  const label = (choice: string): string =>
    scheme.option ? `${name(scheme.option)} · ${say(scheme.option, choice)}` : t(UNITS[written.kind]);
  return (
    <PriceDialog model={model} price={readPrice(written, scheme)} onClose={onClose}>
      {scheme.kinds.length > 1 && (
        <Segments
          label={t('mediaPrices.unit')}
          value={written.kind}
          options={scheme.kinds.map((kind) => ({ value: kind, name: t(UNITS[kind]) }))}
          onChange={(kind) => change({ kind })}
        />
      )}
      <p className="text-small text-ink-2">{t(HINTS[written.kind])}</p>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(150px,1fr))] gap-x-3 gap-y-4">
        {pricedChoices(scheme).map((choice) => {
          const rate = written.rates[choice] ?? '';
          return (
            <TextField
              key={choice}
              label={label(choice)}
              value={rate}
              inputMode="decimal"
              autoComplete="off"
              required
              aria-invalid={rate !== '' && readRate(rate) === null}
              onChange={(event) => change({ rates: { ...written.rates, [choice]: event.target.value } })}
            />
          );
        })}
      </div>
      {scheme.sound && written.kind === 'video' && (
        <SoundField scheme={scheme} written={written} onChange={(soundPercent) => change({ soundPercent })} />
      )}
    </PriceDialog>
  );
}

interface SoundFieldProps {
  scheme: PriceScheme;
  written: WrittenPrice;
  onChange: (percent: string) => void;
}

/** What sound adds, and what a second with it comes to. */
function SoundField({ scheme, written, onChange }: SoundFieldProps) {
  const { t, locale } = useI18n();
  const { value: say } = useOptionWords();
  const percent = readSoundPercent(written.soundPercent);
  const examples = pricedChoices(scheme).flatMap((choice) => {
    const rate = readRate(written.rates[choice] ?? '');
    if (rate === null || percent === null) return [];
    const amount = formatCredits((rate * percent) / 100, locale);
    return [scheme.option ? `${say(scheme.option, choice)} ${amount}` : amount];
  });
  return (
    <TextField
      label={t('mediaPrices.soundPercent')}
      hint={
        examples.length > 0
          ? t('mediaPrices.withSound', { rates: examples.join(' · ') })
          : t('mediaPrices.soundHint')
      }
      value={written.soundPercent}
      inputMode="numeric"
      autoComplete="off"
      required
      className="max-w-[320px]"
      aria-invalid={percent === null}
      end={<span className="px-3 text-small text-ink-2">%</span>}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
