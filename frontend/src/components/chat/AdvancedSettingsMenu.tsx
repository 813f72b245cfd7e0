import { SlidersHorizontal } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useOptionWords } from '@/hooks/useOptionWords';
import { useI18n } from '@/i18n';
import type { MediaCapabilities, OptionValues } from '@/types';
import { importantOptions } from '@/utils/mediaOptions';
import { OptionFields } from './OptionFields';

interface AdvancedSettingsMenuProps {
  modelId: string;
  media: MediaCapabilities;
  values: OptionValues;
  hasPictures: boolean;
}

/** What can be set of a model, as it declares it; the two values that matter most stand on the button. */
export function AdvancedSettingsMenu({ modelId, media, values, hasPictures }: AdvancedSettingsMenuProps) {
  const { t } = useI18n();
  const { short } = useOptionWords();
  if (media.options.length === 0) return null;
  const shown = importantOptions(values).map((name) => short(name, values[name] ?? ''));
  return (
    <Popover.Root>
      <Popover.Trigger className="flex h-[34px] min-w-0 items-center gap-2 rounded-2 px-2.5 text-small hover:bg-selected data-[state=open]:bg-selected max-[719px]:h-11">
        <SlidersHorizontal size={16} strokeWidth={1.6} className="shrink-0" aria-hidden="true" />
        <span className="sr-only">{t('options.title')}</span>
        <span className="num truncate text-[12.5px]">
          <span>{shown[0]}</span>
          {shown[1] && <span className="max-[719px]:hidden"> {shown[1]}</span>}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t('options.title')}
          className="z-30 max-h-[min(64dvh,560px)] w-[316px] max-w-[calc(100vw-16px)] animate-pop overflow-y-auto rounded-3 border border-line bg-raised px-4 pt-3 pb-4 shadow-2"
        >
          <OptionFields modelId={modelId} media={media} values={values} hasPictures={hasPictures} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
