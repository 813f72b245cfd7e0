import { describe, expect, it } from 'vitest';
import { restAfter } from './flushPace';

describe('the pace of flushes', () => {
  it.each([
    [0, 0],
    [8, 0],
    [12, 36],
    [60, 180],
    [500, 250],
  ])('after %i ms rests for %i ms', (cost, rest) => {
    expect(restAfter(cost)).toBe(rest);
  });
});
