import { describe, expect, it } from 'vitest';
import type { Model, TokenPrice } from '@/types';
import { cheapestAffordable, holdOf, isFree, lowestRate } from './prices';

function model(id: string, input_mc: number, output_mc: number, more: Partial<Model> = {}): Model {
  const price: TokenPrice = { kind: 'tokens', input_mc, output_mc };
  return { id, name: id, available: true, max_output_tokens: null, price, ...more } as Model;
}

const SWIFT = model('swift', 60_000, 500_000);
const SCRIBE = model('scribe', 100_000, 800_000);
const THINKER = model('thinker', 250_000, 2_000_000);
const NEED = { promptTokens: 100, answerTokens: 256, availableMc: 300 };

describe('holdOf', () => {
  it('takes thoughts at their rate where it is the dearer one', () => {
    const price: TokenPrice = { kind: 'tokens', input_mc: 60_000, output_mc: 500_000, reasoning_mc: 900_000 };

    expect(holdOf(price, 100, 256)).toBe(Math.ceil(6 + 230.4));
    expect(holdOf({ ...price, reasoning_mc: 1 }, 100, 256)).toBe(6 + 128);
  });
});

describe('cheapestAffordable', () => {
  it('takes the least hold that is covered', () => {
    expect(cheapestAffordable([THINKER, SCRIBE, SWIFT], NEED, 'thinker')).toEqual({
      model: SWIFT,
      holdMc: 134,
    });
  });

  it('weighs the prompt: cheap words in a long conversation may be dear', () => {
    const reader = model('reader', 1000, 900_000);

    expect(cheapestAffordable([SWIFT, reader], { ...NEED, promptTokens: 4000 }, null)?.model).toBe(reader);
    expect(cheapestAffordable([SWIFT, reader], NEED, null)?.model).toBe(SWIFT);
  });

  it('counts a shorter answer where the model gives no longer one', () => {
    const short = model('short', 60_000, 900_000, { max_output_tokens: 10 });

    expect(cheapestAffordable([SWIFT, short], NEED, null)).toEqual({ model: short, holdMc: 15 });
  });

  it.each([
    ['the one that was refused', [SWIFT], 'swift'],
    ['one that is not available', [model('off', 1, 1, { available: false })], null],
    ['one without a price', [model('bare', 1, 1, { price: null })], null],
    ['one that is not covered', [THINKER], null],
  ])('never takes %s', (_, models, except) => {
    expect(cheapestAffordable(models, NEED, except)).toBeNull();
  });

  it('takes a free one when there is nothing left', () => {
    const free = model('free', 0, 0);

    expect(cheapestAffordable([SWIFT, free], { ...NEED, availableMc: 0 }, null)).toEqual({
      model: free,
      holdMc: 0,
    });
  });
});

describe('a price', () => {
  it('is free only when every rate is nothing', () => {
    expect(isFree({ kind: 'tokens', input_mc: 0, output_mc: 0 })).toBe(true);
    expect(isFree({ kind: 'tokens', input_mc: 0, output_mc: 0, reasoning_mc: 1 })).toBe(false);
    expect(isFree({ kind: 'image', per_image_mc: { default: 0, large: 9 } })).toBe(false);
  });

  it('names its lowest rate', () => {
    expect(
      lowestRate({ kind: 'video', per_second_mc: { '720p': 60, '1080p': 90 }, sound_percent: 100 }),
    ).toBe(60);
  });
});
