import type { MediaPrice, MediaPriceKind, PriceScheme } from '@/types';
import { parseCredits, writeCredits } from './credits';
import { RATE_MAX_MC } from './prices';

/** The one rate of a model whose price depends on no choice. */
const ONE = 'default';
const PERCENT = 100;
const SOUND_PERCENT_MAX = 1000;

/** A price as it stands in the fields: rates in credits, by choice. */
export interface WrittenPrice {
  kind: MediaPriceKind;
  rates: Record<string, string>;
  /** What a clip with sound costs of one without, in percent. */
  soundPercent: string;
}

/** Return what has a rate: each choice, or the model as such. */
export function pricedChoices({ choices }: PriceScheme): string[] {
  return choices.length > 0 ? choices : [ONE];
}

/** Return a price as it is written, with the fields of its model; a rate for all choices stands in each. */
export function writePrice(price: MediaPrice | null, scheme: PriceScheme): WrittenPrice {
  const rates = price ? ratesByChoice(price) : {};
  const write = (choice: string): string => {
    const mc = rates[choice] ?? rates[ONE];
    return mc === undefined ? '' : writeCredits(mc);
  };
  return {
    kind: scheme.kinds.find((kind) => kind === price?.kind) ?? scheme.kinds[0] ?? 'call',
    rates: Object.fromEntries(pricedChoices(scheme).map((choice) => [choice, write(choice)])),
    soundPercent: String(price?.kind === 'video' ? price.sound_percent : PERCENT),
  };
}

/** Return the price that is written, or null while it is none. */
export function readPrice(written: WrittenPrice, scheme: PriceScheme): MediaPrice | null {
  const rates: Record<string, number> = {};
  for (const choice of pricedChoices(scheme)) {
    const rate = readRate(written.rates[choice] ?? '');
    if (rate === null) return null;
    rates[choice] = rate;
  }
  switch (written.kind) {
    case 'image':
      return { kind: 'image', per_image_mc: rates };
    case 'call':
      return { kind: 'call', per_call_mc: rates };
    case 'video': {
      const percent = scheme.sound ? readSoundPercent(written.soundPercent) : PERCENT;
      return percent === null ? null : { kind: 'video', per_second_mc: rates, sound_percent: percent };
    }
  }
}

/** Return a rate in milli-credits; null for what is none. */
export function readRate(text: string): number | null {
  const mc = parseCredits(text, RATE_MAX_MC);
  return mc !== null && mc >= 0 ? mc : null;
}

/** Return a share in percent; null for what is none. */
export function readSoundPercent(text: string): number | null {
  if (!/^\d{1,4}$/.test(text.trim())) return null;
  const percent = Number(text);
  return percent <= SOUND_PERCENT_MAX ? percent : null;
}

function ratesByChoice(price: MediaPrice): Record<string, number> {
  switch (price.kind) {
    case 'image':
      return price.per_image_mc;
    case 'video':
      return price.per_second_mc;
    case 'call':
      return price.per_call_mc;
  }
}
