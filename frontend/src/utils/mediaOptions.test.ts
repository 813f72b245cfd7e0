import { describe, expect, it } from 'vitest';
import type { Asset, MediaCapabilities, MediaOption, Model } from '@/types';
import {
  assignRoles,
  createOrder,
  expectedRatio,
  importantOptions,
  optionsThatHold,
  optionsToSend,
  parseRatio,
  ratioName,
  takesValue,
} from './mediaOptions';

const option = (name: string, changes: Partial<MediaOption>): MediaOption => ({
  name,
  type: 'choice',
  default: null,
  choices: [],
  minimum: null,
  maximum: null,
  max_chars: null,
  ignored_with_frames: false,
  ...changes,
});
const takes = (role: 'reference' | 'first_frame' | 'last_frame', most: number) =>
  ({ role, kind: 'image', least: 0, most, bytes_max: 1 }) as const;
const MEDIA: MediaCapabilities = {
  prompt_chars: null,
  prompt_required: true,
  options: [
    option('seconds', { type: 'integer', default: 5, minimum: 3, maximum: 15 }),
    option('aspect_ratio', { default: '16:9', choices: ['16:9', '9:16'] }),
    option('sound', { type: 'boolean' }),
  ],
  references: [takes('first_frame', 1), takes('last_frame', 1)],
  frames_exclude_references: false,
  shots: { most: 2, seconds_min: 1, seconds_max: 12, prompt_chars: 500, total_option: 'seconds' },
  clips: null,
  shots_required: false,
  cancellable: 'queued_only',
};
const picture = (id: string): Asset =>
  ({ id, kind: 'image', width: 900, height: 1200 }) satisfies Partial<Asset> as Asset;
const model = { id: 'demo/reel', mode: 'video', media: MEDIA } satisfies Partial<Model> as Model;

describe('options', () => {
  it('are sent only as the model declares them, and where they differ from its own choice', () => {
    const saved = { seconds: 10, aspect_ratio: '16:9', sound: true, resolution: '4K' };

    expect(optionsToSend(MEDIA, saved)).toEqual({ seconds: 10, sound: true });
    expect(optionsThatHold(MEDIA, saved)).toEqual({ seconds: 10, aspect_ratio: '16:9', sound: true });
  });

  it.each([
    ['too large', { seconds: 16 }],
    ['not whole', { seconds: 4.5 }],
    ['of another type', { seconds: '10' }],
    ['no choice', { aspect_ratio: '2:1' }],
    ['no switch', { sound: 'yes' }],
  ])('that are %s fall back to the default', (_, saved) => {
    expect(optionsToSend(MEDIA, saved)).toEqual({});
  });

  it('of text are bounded', () => {
    const text = option('negative_prompt', { type: 'text', max_chars: 3 });

    expect([takesValue(text, 'fog'), takesValue(text, 'foggy')]).toEqual([true, false]);
  });

  it('that matter most are two', () => {
    expect(importantOptions({ sound: true, mode: 'pro', seconds: 5, aspect_ratio: '1:1' })).toEqual([
      'aspect_ratio',
      'seconds',
    ]);
  });
});

describe('pictures', () => {
  const roles = (references: MediaCapabilities['references'], count: number): string[] =>
    assignRoles(
      { ...MEDIA, references },
      Array.from({ length: count }, (_, index) => picture(String(index))),
    ).map(({ role }) => role);

  it.each([
    ['one, with frames', [takes('first_frame', 1)], 1, ['first_frame']],
    ['two, with frames', MEDIA.references, 2, ['first_frame', 'last_frame']],
    ['two, with references', [takes('reference', 14)], 2, ['reference', 'reference']],
    ['three, with both', [...MEDIA.references, takes('reference', 4)], 3, Array(3).fill('reference')],
    ['three, with frames alone', MEDIA.references, 3, ['first_frame', 'last_frame', 'reference']],
  ])('get their roles: %s', (_, references, count, expected) => {
    expect(roles(references, count)).toEqual(expected);
  });
});

describe('an order', () => {
  it('of a storyboard holds its shots, and leaves the length to them', () => {
    const shots = ['门开了', '雨', '灯'].map((prompt, index) => ({
      id: String(index),
      prompt: ` ${prompt} `,
      seconds: 4,
      picture: null,
    }));
    const order = createOrder(
      model,
      '',
      [picture('a')],
      { seconds: 10, sound: true },
      {
        isOn: true,
        continuous: false,
        shots,
      },
    );

    expect(order?.shots.map(({ prompt }) => prompt)).toEqual(['门开了', '雨']); // as many as the model takes
    expect(order).toMatchObject({ chain: null, continuous: false, options: { sound: true } });
    expect(order?.references).toEqual([{ asset_id: 'a', role: 'first_frame' }]);
  });

  it('is none for a model that answers', () => {
    expect(createOrder({ ...model, mode: 'chat', media: null }, 'x', [])).toBeNull();
  });
});

describe('the shape of a result', () => {
  it.each([
    ['as set', 'image', { aspect_ratio: '4:5' }, undefined, 0.8],
    ['by size', 'image', { size: '1536x1024' }, undefined, 1.5],
    ['as its picture when left to the model', 'image', { aspect_ratio: 'auto' }, picture('a'), 0.75],
    ['as its first frame', 'video', { aspect_ratio: '16:9' }, picture('a'), 0.75],
    ['as usual for a picture', 'image', {}, undefined, 1],
    ['as usual for a clip', 'video', {}, undefined, 16 / 9],
  ] as const)('is %s', (_, kind, values, first, ratio) => {
    expect(expectedRatio(kind, values, first)).toBe(ratio);
  });

  it.each([
    [912, 1144, '4:5'],
    [1920, 1080, '16:9'],
    [1000, 370, '2.70:1'],
  ])('%i by %i is called %s', (width, height, name) => {
    expect(ratioName(width, height)).toBe(name);
  });

  it('is not guessed from other words', () => {
    expect([parseRatio('auto'), parseRatio('0:1'), parseRatio(undefined), parseRatio('1K')]).toEqual(
      Array(4).fill(null),
    );
  });
});
