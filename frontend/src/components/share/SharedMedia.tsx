import { useI18n } from '@/i18n';
import { sharedAssetUrl } from '@/services/shares';
import type { SharedAsset } from '@/types';

const WIDTH_PX = 548;
const HEIGHT_MAX_PX = 560;
const SMALL_PX = 132;
const ROW_MAX = 4;

interface SharedMediaProps {
  token: string;
  assets: SharedAsset[];
  /** What a question builds on, not what was made. */
  small?: boolean;
}

/** Pictures, clips and sounds of a shared message; each box has its shape before anything is loaded. */
export function SharedMedia({ token, assets, small = false }: SharedMediaProps) {
  if (assets.length === 0) return null;
  const columns = Math.min(assets.length, ROW_MAX);
  const alone = assets.length === 1;
  return (
    <ul
      className="mt-1 grid gap-2 max-[719px]:grid-cols-2!"
      style={alone ? { display: 'block', width: '100%' } : { gridTemplateColumns: `repeat(${columns}, 1fr)` }}
    >
      {assets.map((asset, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one picture may stand in two places, which never change
        <li key={index} className="min-w-0" style={{ width: alone ? widthOf(asset, small) : undefined }}>
          <SharedFrame token={token} asset={asset} number={index + 1} />
        </li>
      ))}
    </ul>
  );
}

interface SharedFrameProps {
  token: string;
  asset: SharedAsset;
  number: number;
}

function SharedFrame({ token, asset, number }: SharedFrameProps) {
  const { t } = useI18n();
  const shape = { aspectRatio: ratioOf(asset) };
  const look = 'block w-full overflow-hidden rounded-2 bg-tray';
  const address = sharedAssetUrl(token, asset);
  if (asset.kind === 'audio')
    // biome-ignore lint/a11y/useMediaCaption: nobody has written down what was said
    return <audio aria-label={t('share.sound', { number })} src={address} controls className="w-full" />;
  if (asset.kind === 'video')
    return (
      // biome-ignore lint/a11y/useMediaCaption: nobody has written down what was said
      <video
        aria-label={t('share.clip', { number })}
        src={address}
        poster={asset.has_poster ? sharedAssetUrl(token, asset, 'poster') : undefined}
        preload="metadata"
        controls
        playsInline
        className={look}
        style={shape}
      />
    );
  return (
    <a
      href={address}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={t('share.openFrame', { number })}
      className={look}
      style={shape}
    >
      <img
        src={address}
        alt={t('share.frame', { number })}
        width={asset.width ?? undefined}
        height={asset.height ?? undefined}
        loading="lazy"
        decoding="async"
        className="size-full object-cover"
      />
    </a>
  );
}

function ratioOf({ width, height }: SharedAsset): number {
  return width && height ? width / height : 1;
}

function widthOf(asset: SharedAsset, small: boolean): string {
  if (asset.kind === 'audio') return `min(100%, ${WIDTH_PX}px)`;
  const ratio = ratioOf(asset);
  if (small) return `${Math.round(Math.min(SMALL_PX, SMALL_PX * ratio))}px`;
  return `min(100%, ${WIDTH_PX}px, calc(${HEIGHT_MAX_PX}px * ${ratio.toFixed(4)}))`;
}
