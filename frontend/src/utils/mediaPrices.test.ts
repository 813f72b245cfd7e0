import { describe, expect, it } from 'vitest';
import type { MediaPrice, PriceScheme } from '@/types';
import { readPrice, type WrittenPrice, writePrice } from './mediaPrices';

const PICTURES: PriceScheme = {
  kinds: ['image', 'call'],
  option: 'resolution',
  choices: ['1K', '4K'],
  sound: false,
};
const CLIPS: PriceScheme = { kinds: ['video', 'call'], option: 'mode', choices: ['std', 'pro'], sound: true };
const PLAIN: PriceScheme = { kinds: ['call'], option: null, choices: [], sound: false };

describe('a media price', () => {
  it.each<[PriceScheme, MediaPrice]>([
    [PICTURES, { kind: 'image', per_image_mc: { '1K': 8000, '4K': 18_500 } }],
    [PICTURES, { kind: 'call', per_call_mc: { '1K': 0, '4K': 1 } }],
    [CLIPS, { kind: 'video', per_second_mc: { std: 8000, pro: 12_000 }, sound_percent: 150 }],
    [PLAIN, { kind: 'call', per_call_mc: { default: 9000 } }],
  ])('is read as it was written: %o', (scheme, price) => {
    expect(readPrice(writePrice(price, scheme), scheme)).toEqual(price);
  });

  it('shows a rate for all choices in each of them', () => {
    const price: MediaPrice = { kind: 'image', per_image_mc: { default: 5000, '4K': 9000 } };

    expect(writePrice(price, PICTURES).rates).toEqual({ '1K': '5', '4K': '9' });
  });

  it('is empty where there is none, in the unit that suits the model', () => {
    const written = writePrice(null, CLIPS);

    expect(written).toEqual({ kind: 'video', rates: { std: '', pro: '' }, soundPercent: '100' });
    expect(readPrice(written, CLIPS)).toBeNull();
  });

  it.each<Partial<WrittenPrice>>([
    { rates: { std: '8' } },
    { rates: { std: '8', pro: '-1' } },
    { rates: { std: '8', pro: '1.2345' } },
    { rates: { std: '8', pro: '99999999999' } },
    { soundPercent: '' },
    { soundPercent: '1001' },
    { soundPercent: '1.5' },
    { soundPercent: '-1' },
  ])('is none with %o', (changes) => {
    const whole: WrittenPrice = { kind: 'video', rates: { std: '8', pro: '12' }, soundPercent: '200' };

    expect(readPrice(whole, CLIPS)).not.toBeNull();
    expect(readPrice({ ...whole, ...changes }, CLIPS)).toBeNull();
  });
});
