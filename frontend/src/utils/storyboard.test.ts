import { describe, expect, it } from 'vitest';
import type { Asset, MediaCapabilities, Reference } from '@/types';
import type { DraftShot, Storyboard } from '@/types/storyboard';
import {
  emptyShot,
  fitBoard,
  forStoryboard,
  makesStoryboards,
  moveItem,
  NO_BOARD,
  needsClips,
  orderOfBoard,
  secondsChoices,
  shotCharsMax,
  turnOn,
} from './storyboard';

const picture = { id: 'p1', kind: 'image' } satisfies Partial<Asset> as Asset;
const takes = (role: Reference['role']) =>
  ({ role, kind: 'image', least: 0, most: 1, bytes_max: 1 }) as const;
const MEDIA: MediaCapabilities = {
  prompt_chars: null,
  prompt_required: true,
  options: [],
  references: [takes('first_frame'), takes('last_frame')],
  frames_exclude_references: false,
  shots: { most: 6, seconds_min: 1, seconds_max: 12, prompt_chars: 500, total_option: 'seconds' },
  shots_required: false,
  clips: { most: 8, seconds: [3, 4, 5, 15], prompt_chars: null, continuous: true },
  cancellable: 'queued_only',
};
const shot = (prompt: string, changes: Partial<DraftShot> = {}): DraftShot => ({
  id: prompt,
  prompt,
  seconds: 5,
  picture: null,
  ...changes,
});
const board = (shots: DraftShot[], continuous = false): Storyboard => ({ isOn: true, continuous, shots });

describe('a storyboard', () => {
  it('is for models that make one in one call or clip by clip', () => {
    expect(makesStoryboards(MEDIA)).toBe(true);
    expect(makesStoryboards({ ...MEDIA, shots: null })).toBe(true);
    expect(makesStoryboards({ ...MEDIA, shots: null, clips: null })).toBe(false);
    expect(makesStoryboards(null)).toBe(false);
  });

  it('needs clips where a shot begins somewhere of its own', () => {
    expect(needsClips(board([shot('a')]))).toBe(false);
    expect(needsClips(board([shot('a')], true))).toBe(true);
    expect(needsClips(board([shot('a', { picture })]))).toBe(true);
  });

  it('offers the lengths that the way it is made allows', () => {
    expect(secondsChoices(MEDIA, false)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15]);
    expect(secondsChoices(MEDIA, true)).toEqual([3, 4, 5, 15]);
    expect(secondsChoices({ ...MEDIA, clips: null }, true)).toEqual([]);
    expect(shotCharsMax(MEDIA)).toBe(2000);
    expect(shotCharsMax({ ...MEDIA, clips: null })).toBe(500);
  });

  it('fits another model: nearest lengths, no pictures where none are taken, no more shots than it makes', () => {
    const written = board([shot('a', { seconds: 9, picture }), shot('b', { seconds: 1 })], true);

    expect(fitBoard(written, MEDIA).shots.map(({ seconds }) => seconds)).toEqual([5, 3]);
    const plain = fitBoard(written, { ...MEDIA, clips: null });
    expect(plain).toMatchObject({
      continuous: false,
      shots: [{ seconds: 9, picture: null }, { seconds: 1 }],
    });
    const many = board(Array.from({ length: 12 }, (_, index) => shot(String(index))));
    expect(fitBoard(many, MEDIA).shots).toHaveLength(8);
  });

  it('is ordered with its words trimmed; how it is made is left open unless it has to be clips', () => {
    expect(orderOfBoard(board([shot(' a ')]), MEDIA)).toEqual({
      shots: [{ prompt: 'a', seconds: 5, references: [] }],
      chain: null,
      continuous: false,
    });
    expect(orderOfBoard(board([shot('a', { picture })]), MEDIA)).toEqual({
      shots: [{ prompt: 'a', seconds: 5, references: [{ asset_id: 'p1', role: 'first_frame' }] }],
      chain: true,
      continuous: false,
    });
    const goesBy = { ...MEDIA, references: [takes('reference')] };
    expect(orderOfBoard(board([shot('a', { picture })]), goesBy).shots[0]?.references[0]?.role).toBe(
      'reference',
    );
  });

  it('leaves neither length nor last frame to the model', () => {
    expect(forStoryboard(MEDIA).references.map(({ role }) => role)).toEqual(['first_frame']);
  });

  it('names the first shot without words', () => {
    expect(emptyShot(board([shot('a'), shot('  ')]))).toBe(2);
    expect(emptyShot(board([shot('a')]))).toBeNull();
    expect(emptyShot(NO_BOARD)).toBeNull();
  });

  it('begins with two shots, and goes on with what was written', () => {
    expect(turnOn(NO_BOARD).shots).toHaveLength(2);
    const written = { ...board([shot('a')]), isOn: false };
    expect(turnOn(written)).toEqual({ ...written, isOn: true });
  });
});

describe('moveItem', () => {
  it.each([
    [0, 2, 'bca'],
    [2, 0, 'cab'],
    [1, 1, 'abc'],
    [0, 9, 'bca'],
    [2, -1, 'cab'],
    [7, 0, 'abc'],
  ])('from %i to %i gives %s', (from, to, expected) => {
    expect(moveItem([...'abc'], from, to).join('')).toBe(expected);
  });
});
