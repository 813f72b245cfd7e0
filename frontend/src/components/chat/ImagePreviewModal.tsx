import { ChevronLeft, ChevronRight, Download, ImagePlus, Info, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useOptionWords } from '@/hooks/useOptionWords';
import { useZoom } from '@/hooks/useZoom';
import { useI18n } from '@/i18n';
import { assetUrl, fileName } from '@/services/assets';
import type { Asset, MediaTask } from '@/types';

/** How a button on the black looks. */
export const TOOL =
  'inline-grid size-10 shrink-0 place-items-center rounded-2 text-white/80 hover:bg-white/15 hover:text-white focus-visible:outline-white disabled:opacity-40 max-[719px]:size-11';

interface ImagePreviewModalProps {
  frames: Asset[];
  index: number;
  prompt: string;
  /** What was asked for besides the words; null while it is not known. */
  request: Pick<MediaTask['request'], 'options'> | null;
  /** More that can be done with the frame that is shown. */
  tools?: ReactNode;
  /** Go on from a frame; where that is not possible there is no button. */
  onUse?: (asset: Asset) => void;
  onIndex: (index: number) => void;
  onClose: () => void;
}

/** A frame as large as the screen allows, on black: zoom, its neighbours, and how it was made. */
export function ImagePreviewModal(props: ImagePreviewModalProps) {
  const { frames, index, prompt, request, tools, onUse, onIndex, onClose } = props;
  const { t } = useI18n();
  const [showsDetails, setShowsDetails] = useState(false);
  const before = useRef<Element | null>(document.activeElement);
  const { surfaceRef, style, reset } = useZoom();
  const asset = frames[index];
  if (!asset) return null;

  const go = (step: number): void => {
    const next = index + step;
    if (next < 0 || next >= frames.length) return;
    reset();
    onIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLVideoElement) return; // there they wind
    if (event.key === 'ArrowLeft') go(-1);
    if (event.key === 'ArrowRight') go(1);
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (before.current instanceof HTMLElement) before.current.focus();
          }}
          className="fixed inset-0 z-50 flex bg-black text-white outline-none max-[719px]:flex-col"
        >
          <div className="relative min-h-0 min-w-0 flex-1">
            <div
              ref={surfaceRef}
              className={`absolute inset-0 touch-none overflow-hidden p-4 pt-16 ${asset.kind === 'video' ? 'invisible' : ''}`}
            >
              {asset.kind !== 'video' && (
                <img
                  key={asset.id}
                  src={assetUrl(asset)}
                  alt={prompt}
                  draggable={false}
                  className="size-full object-contain select-none"
                  style={style}
                />
              )}
            </div>
            {asset.kind === 'video' && (
              // biome-ignore lint/a11y/useMediaCaption: what a model made has no captions
              <video
                key={asset.id}
                src={assetUrl(asset)}
                poster={asset.has_poster ? assetUrl(asset, 'poster') : undefined}
                aria-label={prompt}
                controls
                playsInline
                className="absolute inset-0 size-full object-contain p-4 pt-16"
              />
            )}
            <div className="absolute inset-x-2 top-2 flex items-center gap-1">
              <Dialog.Title className="num mr-auto pl-2 text-[12.5px] font-normal text-white/80">
                {t('media.frameOf', { number: index + 1, count: frames.length })}
              </Dialog.Title>
              {tools}
              {onUse && asset.kind === 'image' && (
                <button
                  type="button"
                  aria-label={t('media.useAsReference')}
                  title={t('media.useAsReference')}
                  className={TOOL}
                  onClick={() => {
                    before.current = document.getElementById('message-field');
                    onUse(asset);
                    onClose();
                  }}
                >
                  <ImagePlus size={18} strokeWidth={1.6} />
                </button>
              )}
              <a
                href={assetUrl(asset)}
                download={fileName(asset)}
                aria-label={t('media.download')}
                title={t('media.download')}
                className={TOOL}
              >
                <Download size={18} strokeWidth={1.6} />
              </a>
              <button
                type="button"
                aria-label={t('media.details')}
                title={t('media.details')}
                aria-expanded={showsDetails}
                className={TOOL}
                onClick={() => setShowsDetails(!showsDetails)}
              >
                <Info size={18} strokeWidth={1.6} />
              </button>
              <Dialog.Close aria-label={t('common.close')} title={t('common.close')} className={TOOL}>
                <X size={18} strokeWidth={1.6} />
              </Dialog.Close>
            </div>
            {frames.length > 1 && (
              <>
                <button
                  type="button"
                  aria-label={t('media.previous')}
                  disabled={index === 0}
                  onClick={() => go(-1)}
                  className={`${TOOL} absolute top-1/2 left-3 -translate-y-1/2 bg-black/55`}
                >
                  <ChevronLeft size={22} strokeWidth={1.6} />
                </button>
                <button
                  type="button"
                  aria-label={t('media.next')}
                  disabled={index === frames.length - 1}
                  onClick={() => go(1)}
                  className={`${TOOL} absolute top-1/2 right-3 -translate-y-1/2 bg-black/55`}
                >
                  <ChevronRight size={22} strokeWidth={1.6} />
                </button>
              </>
            )}
          </div>
          {showsDetails && (
            <Details prompt={prompt} request={request} width={asset.width} height={asset.height} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface DetailsProps extends Pick<ImagePreviewModalProps, 'prompt' | 'request'> {
  width: number | null;
  height: number | null;
}

/** How the frame was made. */
function Details({ prompt, request, width, height }: DetailsProps) {
  const { t } = useI18n();
  const { name, value } = useOptionWords();
  const rows = Object.entries(request?.options ?? {}).map(([option, chosen]) => [
    name(option),
    value(option, chosen),
  ]);
  if (width && height) rows.unshift([t('options.size'), `${width} × ${height}`]);
  return (
    <aside
      aria-label={t('media.details')}
      className="w-[300px] shrink-0 overflow-y-auto border-l border-white/15 bg-[#161918] p-5 text-small max-[719px]:max-h-[40dvh] max-[719px]:w-full max-[719px]:border-t max-[719px]:border-l-0"
    >
      <h2 className="mb-1 text-caption text-white/70">{t('options.prompt')}</h2>
      <p className="break-words whitespace-pre-wrap">{prompt}</p>
      <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {rows.map(([label, shown]) => (
          <div key={label} className="contents">
            <dt className="text-white/70">{label}</dt>
            <dd className="num text-right text-[12.5px]">{shown}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}
