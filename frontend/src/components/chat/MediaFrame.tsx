import { useEffect, useRef } from 'react';
import { useI18n } from '@/i18n';
import { assetUrl } from '@/services/assets';
import type { Asset } from '@/types';

/** Shorter clips begin again. */
const LOOP_MAX_MS = 6000;
const SEEN_SHARE = 0.6;

interface FrameProps {
  asset: Asset;
  number: number;
  label: string;
  /** It has just developed: it sharpens. */
  arrives: boolean;
  isChosen: boolean;
  /** Pressing it chooses it, where several stand side by side; else it is shown large. */
  isChoice: boolean;
  onPress: () => void;
}

/** One frame: a picture, or a clip with its controls. Its box has the final shape before anything is loaded. */
export function Frame({ asset, number, label, arrives, isChosen, isChoice, onPress }: FrameProps) {
  const { t } = useI18n();
  const shape = { aspectRatio: `${asset.width ?? 1} / ${asset.height ?? 1}` };
  const look = `block w-full overflow-hidden rounded-2 bg-tray ${isChosen ? 'outline-2 outline-offset-2 outline-accent' : ''}`;
  if (asset.kind === 'video') return <Clip asset={asset} label={label} className={look} style={shape} />;
  return (
    <button
      type="button"
      aria-label={isChoice ? t('media.choose', { number }) : t('media.open', { number })}
      aria-current={isChosen || undefined}
      onClick={onPress}
      className={look}
      style={shape}
    >
      <img
        src={assetUrl(asset)}
        alt={label}
        width={asset.width ?? undefined}
        height={asset.height ?? undefined}
        loading="lazy"
        decoding="async"
        className={`size-full object-cover ${arrives ? 'animate-sharpen' : ''}`}
      />
    </button>
  );
}

interface ClipProps {
  asset: Asset;
  label: string;
  className: string;
  style: { aspectRatio: string };
}

/** A clip: its poster first; it plays without sound as long as it is in view, unless less motion is wanted. */
function Clip({ asset, label, className, style }: ClipProps) {
  const ref = useRef<HTMLVideoElement>(null);
  usePlayInView(ref);
  return (
    <video
      ref={ref}
      aria-label={label}
      src={assetUrl(asset)}
      poster={asset.has_poster ? assetUrl(asset, 'poster') : undefined}
      preload="metadata"
      controls
      muted
      playsInline
      loop={asset.duration_ms !== null && asset.duration_ms < LOOP_MAX_MS}
      className={className}
      style={style}
    />
  );
}

function usePlayInView(ref: { current: HTMLVideoElement | null }): void {
  useEffect(() => {
    const clip = ref.current;
    if (!clip || window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const watcher = new IntersectionObserver(
      ([entry]) => {
        // A browser may refuse to play by itself: the controls are there.
        if (entry?.isIntersecting) void clip.play().catch(() => undefined);
        else clip.pause();
      },
      { threshold: SEEN_SHARE },
    );
    watcher.observe(clip);
    return () => watcher.disconnect();
  }, [ref]);
}
