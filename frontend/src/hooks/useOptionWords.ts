import { type MessageKey, useI18n } from '@/i18n';
import type { OptionValue } from '@/types';
import { ratioName } from '@/utils/mediaOptions';

const NAMES: Record<string, MessageKey> = {
  aspect_ratio: 'options.aspectRatio',
  image_size: 'options.aspectRatio',
  size: 'options.size',
  resolution: 'options.resolution',
  quality: 'options.quality',
  output_format: 'options.format',
  n: 'options.count',
  n_frames: 'options.seconds',
  seconds: 'options.seconds',
  mode: 'options.mode',
  sound: 'options.sound',
  google_search: 'options.search',
  negative_prompt: 'options.negativePrompt',
  seed: 'options.seed',
  voice: 'options.voice',
  language_code: 'options.language',
  remove_watermark: 'options.removeWatermark',
  prompt: 'options.prompt',
  references: 'options.references',
  reference: 'options.references',
  first_frame: 'upload.firstFrame',
  last_frame: 'upload.lastFrame',
  mask: 'options.mask',
  shots: 'options.shots',
  chain: 'options.shots',
  continuous: 'board.continuous',
};
const CHOICES: Record<string, MessageKey> = {
  auto: 'options.auto',
  low: 'options.low',
  medium: 'options.medium',
  high: 'options.high',
  std: 'options.standard',
  pro: 'options.pro',
};
/** What a refusal calls a part of a shot. */
const OF_SHOT = /^shots\.(\d{1,3})\.(\w+)$/;
const SIZE = /^(\d+)x(\d+)$/;
const IN_SECONDS = new Set(['seconds', 'n_frames']);

/** Say what options are called and what their values mean; what we have no word for is shown as it is. */
export function useOptionWords() {
  const { t } = useI18n();
  const name = (option: string): string => {
    const [, number, field] = OF_SHOT.exec(option) ?? [];
    if (number && field) return t('board.ofShot', { number, option: name(field) });
    const key = NAMES[option];
    return key ? t(key) : option.replaceAll('_', ' ');
  };
  const value = (option: string, chosen: OptionValue): string => {
    if (IN_SECONDS.has(option)) return t('media.seconds', { count: String(chosen) });
    const key = CHOICES[String(chosen)];
    return key ? t(key) : String(chosen).replace(SIZE, '$1×$2');
  };
  /** For the button: a size by its shape, a number with what it counts. */
  const short = (option: string, chosen: OptionValue): string => {
    if (IN_SECONDS.has(option)) return `${chosen} s`;
    const [, width, height] = SIZE.exec(String(chosen)) ?? [];
    if (width && height) return ratioName(Number(width), Number(height));
    return option === 'n' ? `×${chosen}` : value(option, chosen);
  };
  return { name, value, short };
}
