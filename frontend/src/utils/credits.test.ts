import { describe, expect, it } from 'vitest';
import type { TransactionDetail } from '@/types';
import {
  addsUp,
  exactTerm,
  formatCredits,
  isLow,
  parseCredits,
  recomputeCost,
  writeCredits,
} from './credits';

describe('formatCredits', () => {
  it.each([
    [0, '0'],
    [1, '0.001'],
    [6100, '6.1'],
    [199_847, '199.847'],
    [1_248_000, '1,248'],
    [-153, '−0.153'],
    [10 ** 15, '1,000,000,000,000'],
    [10 ** 15 - 1, '999,999,999,999.999'],
  ])('shows %d mc as %s', (mc, shown) => {
    expect(formatCredits(mc, 'zh-CN')).toBe(shown);
    expect(formatCredits(mc, 'en')).toBe(shown);
  });

  it('shows a plus where signs are asked for', () => {
    expect([500, 0, -500].map((mc) => formatCredits(mc, 'en', true))).toEqual(['+0.5', '0', '−0.5']);
  });
});

describe('parseCredits', () => {
  it.each([
    ['1', 1000],
    [' 0.153 ', 153],
    ['+2.5', 2500],
    ['-1.5', -1500],
    ['−1.5', -1500],
    ['0', 0],
    ['-0', 0],
    ['1000000000', 10 ** 12],
    // Numbers that floats would get wrong.
    ['1.005', 1005],
    ['4.35', 4350],
    ['8.29', 8290],
  ])('reads %s as %d mc', (text, mc) => {
    expect(parseCredits(text)).toBe(mc);
  });

  it.each([
    '',
    '.',
    '1.',
    '.5',
    '1.2345',
    '1e3',
    '1,5',
    '1,248',
    '0x10',
    'NaN',
    '１',
    '--1',
    '1000000000.001',
    '99999999999',
  ])('refuses %s', (text) => {
    expect(parseCredits(text)).toBeNull();
  });

  it('reads back what it writes', () => {
    for (const mc of [0, 1, 10, 999, 1000, 60_000, 500_001, 10 ** 10])
      expect(parseCredits(writeCredits(mc))).toBe(mc);
  });
});

describe('isLow', () => {
  it.each([
    ['nothing at all', 0, 0, true],
    ['all of it held', 0, 500, true],
    ['just under a tenth', 99, 1000, true],
    ['a tenth', 100, 1000, false],
    ['all of it', 1000, 1000, false],
  ])('with %s', (_, available_mc, balance_mc, low) => {
    expect(isLow({ available_mc, balance_mc, held_mc: balance_mc - available_mc })).toBe(low);
  });
});

describe('recomputeCost', () => {
  it.each([
    [
      'rounds up once, at the end',
      [
        [8, 60_000],
        [74, 500_000],
      ],
      1_000_000,
      38,
    ],
    ['keeps what divides', [[2_000_000, 3]], 1_000_000, 6],
    ['is nothing without terms', [], 1_000_000, 0],
    [
      'is exact beyond what floats hold',
      [
        [10 ** 8, 10 ** 10],
        [1, 1],
      ],
      1_000_000,
      10 ** 12 + 1,
    ],
  ] as const)('%s', (_, terms, divisor, amount) => {
    const lines = terms.map(([quantity, rate_mc]) => ({ name: 'x', quantity, rate_mc }));

    expect(recomputeCost({ terms: lines, divisor })).toBe(amount);
  });

  it('shows one line in full', () => {
    expect(exactTerm({ name: 'input', quantity: 8, rate_mc: 60_000 }, 1_000_000)).toBe('0.00048');
    expect(exactTerm({ name: 'images', quantity: 4, rate_mc: 6000 }, 1)).toBe('24');
  });
});

describe('addsUp', () => {
  const entry = { seq: 1, balance_after_mc: 0, held_after_mc: 0, created_at: '' };
  const settled = {
    state: 'settled',
    held_mc: 4100,
    amount_mc: -38,
    estimate: {
      terms: [{ name: 'output', quantity: 8200, rate_mc: 500_000 }],
      divisor: 1_000_000,
      amount_mc: 4100,
    },
    result: {
      terms: [{ name: 'output', quantity: 75, rate_mc: 500_000 }],
      divisor: 1_000_000,
      amount_mc: 38,
    },
    entries: [
      { ...entry, step: 'hold', amount_mc: 0, held_change_mc: 4100 },
      { ...entry, step: 'settle', amount_mc: -38, held_change_mc: -4100 },
    ],
  } as unknown as TransactionDetail;

  it('agrees with what was charged by the book', () => {
    expect(addsUp(settled)).toBe(true);
  });

  it('agrees with a charge that the hold cut short', () => {
    const result = {
      ...settled.result,
      terms: [{ name: 'output', quantity: 9000, rate_mc: 500_000 }],
      amount_mc: 4500,
    };
    const entries = settled.entries.map((each) =>
      each.step === 'settle' ? { ...each, amount_mc: -4100 } : each,
    );

    expect(addsUp({ ...settled, result, entries, amount_mc: -4100 } as TransactionDetail)).toBe(true);
  });

  it.each([
    ['a result that its terms do not give', { result: { ...settled.result, amount_mc: 37 } }],
    ['a hold that is not the estimate', { held_mc: 4101 }],
    ['a charge that is not the result', { amount_mc: -39 }],
    ['a hold that was not given back', { entries: settled.entries.slice(0, 1) }],
  ])('finds %s', (_, change) => {
    expect(addsUp({ ...settled, ...change } as TransactionDetail)).toBe(false);
  });
});
