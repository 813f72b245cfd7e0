import { ChevronLeft, ChevronRight } from 'lucide-react';
import { IconButton } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import type { Versions } from '@/utils/messageTree';

interface VersionSwitchProps {
  versions: Versions;
  onShow: (messageId: string) => void;
}

/** Arrows between the versions of a message. */
export function VersionSwitch({ versions, onShow }: VersionSwitchProps) {
  const { t } = useI18n();
  const { ids, index } = versions;
  const previous = ids[index - 1];
  const next = ids[index + 1];
  return (
    <div className="flex items-center">
      <IconButton
        label={t('chat.previousVersion')}
        className="size-8"
        disabled={!previous}
        onClick={() => previous && onShow(previous)}
      >
        <ChevronLeft size={16} strokeWidth={1.6} />
      </IconButton>
      <span className="num text-caption text-ink-2">
        <span className="sr-only">{t('chat.version', { index: index + 1, count: ids.length })}</span>
        <span aria-hidden="true">{`${index + 1}/${ids.length}`}</span>
      </span>
      <IconButton
        label={t('chat.nextVersion')}
        className="size-8"
        disabled={!next}
        onClick={() => next && onShow(next)}
      >
        <ChevronRight size={16} strokeWidth={1.6} />
      </IconButton>
    </div>
  );
}
