import { Ellipsis, Play } from 'lucide-react';
import type { Work } from '@/hooks/useWorks';
import { useI18n } from '@/i18n';
import { thumbnailUrl } from '@/services/assets';
import { formatDuration } from '@/utils/duration';
import { ratioName } from '@/utils/mediaOptions';
import { type WorkActions, WorkMenu } from './WorkMenu';

interface WorkTileProps {
  work: Work;
  modelName: string;
  /** It is the one that Tab leads to. */
  isActive: boolean;
  actions: WorkActions;
  onOpen: () => void;
}

/** One work as a square of the sheet, with its model and shape printed below like on the edge of a film. */
export function WorkTile({ work, modelName, isActive, actions, onOpen }: WorkTileProps) {
  const { t } = useI18n();
  const prompt = work.origin.prompt.trim() || t('gallery.untitled');
  const isClip = work.kind === 'video';
  return (
    <li className="group relative min-w-0 [contain-intrinsic-size:auto_240px] [content-visibility:auto]">
      <button
        type="button"
        data-tile
        tabIndex={isActive ? 0 : -1}
        aria-label={t(isClip ? 'gallery.clip' : 'gallery.picture', { prompt })}
        title={prompt}
        onClick={onOpen}
        className="block aspect-square w-full overflow-hidden rounded-2 bg-tray outline-offset-[-2px]"
      >
        <img
          src={thumbnailUrl(work)}
          alt=""
          width={work.width ?? undefined}
          height={work.height ?? undefined}
          loading="lazy"
          decoding="async"
          className="size-full object-cover"
        />
        {isClip && (
          <Play
            size={15}
            aria-hidden="true"
            className="absolute top-2.5 left-2.5 fill-white text-white drop-shadow-[0_0_2px_#000]"
          />
        )}
      </button>
      <WorkMenu work={work} actions={actions}>
        <button
          type="button"
          tabIndex={isActive ? 0 : -1}
          aria-label={t('gallery.actions')}
          title={t('gallery.actions')}
          className="show-on-hover absolute top-1.5 right-1.5 grid size-8 place-items-center rounded-2 border border-line bg-raised text-ink data-[state=open]:opacity-100 max-[719px]:size-11"
        >
          <Ellipsis size={16} strokeWidth={1.6} />
        </button>
      </WorkMenu>
      <p aria-hidden="true" className="num mt-1 flex gap-2 px-0.5 text-[11px] leading-4 text-ink-2">
        <span className="min-w-0 truncate">{modelName}</span>
        <span className="ml-auto shrink-0">{edgePrint(work)}</span>
      </p>
    </li>
  );
}

function edgePrint({ duration_ms, width, height, kind }: Work): string {
  if (kind === 'video' && duration_ms !== null) return formatDuration(duration_ms / 1000);
  return width && height ? ratioName(width, height) : '';
}
