import { Pause, Play, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useI18n } from '@/i18n';
import { assetUrl } from '@/services/assets';
import type { Attachment } from '@/stores/useComposerStore';
import { formatDuration } from '@/utils/duration';
import { LevelBars, toBars } from './LevelBars';

const BARS = 28;
/** What a sound looks like of which only the file is known. */
const FLAT = [0.4];

interface AudioPreviewProps {
  attachment: Attachment;
  onRemove: () => void;
}

/** A sound that goes with the text: listen to it, see how long it is, take it away again. */
export function AudioPreview({ attachment, onRemove }: AudioPreviewProps) {
  const { t } = useI18n();
  const player = useRef<HTMLAudioElement>(null);
  const [plays, setPlays] = useState(false);
  const [played, setPlayed] = useState(0);
  const { asset, name, progress, levels } = attachment;
  const title = name || t('audio.voice');
  const seconds = asset?.duration_ms ? asset.duration_ms / 1000 : null;
  const toggle = (): void => {
    if (plays) player.current?.pause();
    else void player.current?.play().catch(() => setPlays(false)); // a browser may refuse: the button stays
  };
  return (
    <li
      className="flex h-[54px] items-center gap-2.5 rounded-2 border border-line bg-surface pr-1 pl-2"
      title={title}
    >
      <button
        type="button"
        disabled={!asset}
        aria-label={t(plays ? 'audio.pause' : 'audio.play', { name: title })}
        onClick={toggle}
        className="grid size-8 place-items-center rounded-full bg-selected disabled:text-ink-3 max-[719px]:size-10"
      >
        {plays ? <Pause size={14} fill="currentColor" /> : <Play size={14} fill="currentColor" />}
      </button>
      <LevelBars levels={toBars(levels ?? FLAT, BARS)} count={BARS} played={played} className="h-6" />
      <span className="num text-caption text-ink-2">
        {asset ? seconds !== null && formatDuration(seconds) : t('media.percent', { percent: progress })}
      </span>
      <button
        type="button"
        aria-label={t('upload.remove', { name: title })}
        onClick={onRemove}
        className="relative grid size-7 place-items-center text-ink-2 after:absolute after:-inset-1.5 hover:text-ink"
      >
        <X size={14} strokeWidth={1.8} />
      </button>
      {asset && (
        // biome-ignore lint/a11y/useMediaCaption: one's own voice, which has no text yet
        <audio
          ref={player}
          src={assetUrl(asset)}
          preload="metadata"
          onPlay={() => setPlays(true)}
          onPause={() => setPlays(false)}
          onEnded={() => setPlayed(0)}
          onTimeUpdate={({ currentTarget: { currentTime } }) =>
            setPlayed(seconds ? currentTime / seconds : 0)
          }
        />
      )}
    </li>
  );
}
