import { useI18n } from '@/i18n';
import type { MediaTask, Model } from '@/types';
import { importantOptions, optionsThatHold } from '@/utils/mediaOptions';
import { totalSeconds } from '@/utils/storyboard';
import { useOptionWords } from './useOptionWords';

/** Say in a few words what a task makes: of which kind, how long, in which shape. */
export function useTaskWords(): (task: MediaTask, model: Model | undefined) => string {
  const { t } = useI18n();
  const { value } = useOptionWords();
  return ({ kind, request }, model) => {
    const { shots } = request;
    const values = model?.media ? optionsThatHold(model.media, request.options) : request.options;
    const hasFrames = request.references.some(({ role }) => role === 'first_frame');
    const isIgnored = (name: string): boolean =>
      hasFrames && (model?.media?.options.find((each) => each.name === name)?.ignored_with_frames ?? false);
    const shown = importantOptions(values)
      .filter(
        (name) =>
          values[name] !== 'auto' &&
          name !== 'n' &&
          !isIgnored(name) &&
          !(shots.length > 0 && name === 'seconds'),
      )
      .map((name) => value(name, values[name] ?? ''));
    const film =
      shots.length > 0
        ? [
            t(shots.length === 1 ? 'board.countOne' : 'board.count', { count: shots.length }),
            t('media.seconds', { count: totalSeconds(shots) }),
          ]
        : [];
    return [kind === 'image' ? t('input.image') : t('input.video'), ...film, ...shown].join(' · ');
  };
}
