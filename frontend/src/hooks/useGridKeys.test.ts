import { describe, expect, it } from 'vitest';
import { stepFrom } from './useGridKeys';

describe('a step in a grid of 4 columns and 10 tiles', () => {
  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 5, 4],
    ['ArrowDown', 1, 5],
    ['ArrowDown', 7, 7],
    ['ArrowUp', 5, 1],
    ['ArrowUp', 3, 3],
    ['Home', 7, 0],
    ['End', 2, 9],
    ['x', 2, null],
  ])('by %s from %i leads to %s', (key, from, to) => {
    expect(stepFrom(key, from, 4, 10)).toBe(to);
  });
});
