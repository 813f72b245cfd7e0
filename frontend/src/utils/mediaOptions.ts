import type {
  Asset,
  MediaCapabilities,
  MediaOption,
  Model,
  OptionValue,
  OptionValues,
  Reference,
} from '@/types';
import type { Storyboard } from '@/types/storyboard';
import type { MediaOrder } from './messageFactory';
import { forStoryboard, NO_BOARD, orderOfBoard } from './storyboard';

const RATIO = /^(\d{1,5}):(\d{1,5})$/;
const SIZE = /^(\d{2,5})x(\d{2,5})$/;
const SHAPES = ['aspect_ratio', 'image_size', 'size'];
/** What the composer's chip shows first. */
const IMPORTANT = [...SHAPES, 'seconds', 'n', 'n_frames', 'resolution', 'quality', 'mode'];
const CHIP_MAX = 2;

/** Tell whether a model takes a value for an option, by what it declares. */
export function takesValue(option: MediaOption, value: OptionValue): boolean {
  switch (option.type) {
    case 'choice':
      return option.choices.includes(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string' && value.length <= (option.max_chars ?? Number.POSITIVE_INFINITY);
    case 'integer':
      return Number.isInteger(value) && isWithin(option, Number(value));
    case 'number':
      return typeof value === 'number' && isWithin(option, value);
  }
}

/** Return what is sent of saved values: only options that the model declares, with values that it takes. */
export function optionsToSend(media: MediaCapabilities, saved: OptionValues): OptionValues {
  const sent: OptionValues = {};
  for (const option of media.options) {
    const value = saved[option.name];
    if (value !== undefined && value !== option.default && takesValue(option, value))
      sent[option.name] = value;
  }
  return sent;
}

/** Return what holds: what was set, else the model's default. */
export function optionsThatHold(media: MediaCapabilities, saved: OptionValues): OptionValues {
  const defaults = media.options.flatMap(({ name, default: value }) =>
    value === null ? [] : [[name, value]],
  );
  return { ...Object.fromEntries(defaults), ...optionsToSend(media, saved) };
}

/** Return the names of the options that matter most, as far as they hold: two at most. */
export function importantOptions(values: OptionValues): string[] {
  return IMPORTANT.filter((name) => values[name] !== undefined).slice(0, CHIP_MAX);
}

/**
 * Return in which role each picture is handed in. A clip starts at the first picture and ends at the second, where the
 * model has frames and there are no more pictures than those; else all are references.
 */
export function assignRoles(media: MediaCapabilities, assets: Asset[]): Reference[] {
  const takes = (role: Reference['role']): boolean =>
    media.references.some((rule) => rule.role === role && rule.kind === 'image' && rule.most > 0);
  const frames = (['first_frame', 'last_frame'] as const).filter(takes);
  const pictures = assets.every((asset) => asset.kind === 'image');
  const asFrames =
    frames[0] === 'first_frame' && pictures && (assets.length <= frames.length || !takes('reference'));
  return assets.map((asset, index) => ({
    asset_id: asset.id,
    role: (asFrames && frames[index]) || 'reference',
  }));
}

/** Return an order of a media model, with what it takes of what is there; null for a model that answers. */
export function createOrder(
  model: Model,
  prompt: string,
  assets: Asset[],
  saved: OptionValues = {},
  board: Storyboard = NO_BOARD,
): MediaOrder | null {
  const { id, mode } = model;
  if (!model.media || mode === 'chat') return null;
  const media = board.isOn ? forStoryboard(model.media) : model.media;
  return {
    kind: mode,
    modelId: id,
    prompt,
    options: optionsToSend(media, saved),
    references: assignRoles(media, assets),
    ...(board.isOn ? orderOfBoard(board, media) : { shots: [], chain: null, continuous: false }),
  };
}

/** Return width over height of a choice like `16:9` or `1024x1536`; null for others. */
export function parseRatio(value: OptionValue | undefined): number | null {
  const [, width, height] = RATIO.exec(String(value)) ?? SIZE.exec(String(value)) ?? [];
  const ratio = Number(width) / Number(height);
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}

/** Return the width over height that a result will have: as set, else as its picture, else as is usual. */
export function expectedRatio(
  kind: 'image' | 'video',
  values: OptionValues,
  first: Asset | undefined,
): number {
  const set = SHAPES.map((name) => parseRatio(values[name])).find((ratio) => ratio !== null);
  const ofPicture = first?.width && first.height ? first.width / first.height : null;
  const usual = kind === 'video' ? 16 / 9 : 1;
  return (kind === 'video' ? (ofPicture ?? set) : (set ?? ofPicture)) ?? usual;
}

/** Return a shape as film edges name it: the nearest of the common ratios, else width to height. */
export function ratioName(width: number, height: number): string {
  const ratio = width / height;
  const near = COMMON.find(([w, h]) => Math.abs(ratio / (w / h) - 1) < 0.02);
  return near
    ? `${near[0]}:${near[1]}`
    : ratio >= 1
      ? `${ratio.toFixed(2)}:1`
      : `1:${(1 / ratio).toFixed(2)}`;
}

const COMMON: [number, number][] = [
  [1, 1],
  [4, 5],
  [5, 4],
  [3, 4],
  [4, 3],
  [2, 3],
  [3, 2],
  [9, 16],
  [16, 9],
  [21, 9],
  [1, 4],
  [4, 1],
  [1, 8],
  [8, 1],
];

function isWithin({ minimum, maximum }: MediaOption, value: number): boolean {
  return value >= (minimum ?? Number.NEGATIVE_INFINITY) && value <= (maximum ?? Number.POSITIVE_INFINITY);
}
