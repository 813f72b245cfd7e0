import { describe, expect, it } from 'vitest';
import { announcedStep, isCancellable, phaseOf, secondsLeft } from './developing';

describe('a task', () => {
  it.each([
    ['waiting', null, 'queued', true],
    ['queued', null, 'starting', true],
    ['submitting', null, 'starting', false],
    ['running', null, 'starting', false],
    ['running', 40, 'developing', false],
    ['saving', 100, 'saving', false],
    ['failed', 40, 'failed', false],
    ['cancelled', null, 'cancelled', false],
  ] as const)('that is %s at %s is shown as %s', (state, progress, phase, cancellable) => {
    expect(phaseOf({ state, progress })).toBe(phase);
    expect(isCancellable({ state })).toBe(cancellable);
  });

  it.each([
    ['half of it took 20 s', 50, 20],
    ['a quarter took 20 s', 25, 60],
    ['it has just begun', 2, null],
    ['it is done', 100, null],
    ['nobody knows', null, null],
  ])('tells what is left when %s', (_, progress, left) => {
    const started_at = '2026-01-01T00:00:00Z';

    expect(secondsLeft({ progress, started_at }, Date.parse(started_at) + 20_000)).toBe(left);
  });

  it('is announced in steps of a quarter', () => {
    expect([null, 24, 25, 62, 100].map(announcedStep)).toEqual([0, 0, 25, 50, 100]);
  });
});
