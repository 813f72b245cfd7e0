import { ImagePlus, LayoutGrid, Upload, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useCallback, useRef } from 'react';
import { useNotices } from '@/components/ui/Toast';
import { useShotPicture } from '@/hooks/useShotPicture';
import { useI18n } from '@/i18n';
import { assetUrl, thumbnailUrl } from '@/services/assets';
import type { DraftShot } from '@/types/storyboard';

const PICTURES = 'image/png,image/jpeg,image/webp,image/gif';

interface ShotPictureProps {
  shot: DraftShot;
  number: number;
  takesPicture: boolean;
  onRemove: () => void;
  onOpenWorks: () => void;
}

/** The frame at the head of a shot: its picture, or blank paper on which one can be put. */
export function ShotPicture({ shot, number, takesPicture, onRemove, onOpenWorks }: ShotPictureProps) {
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const picker = useRef<HTMLInputElement>(null);
  const refuse = useCallback(
    (error: { code: string }) => notify(errorText(error), true),
    [notify, errorText],
  );
  const { progress, upload } = useShotPicture(shot.id, refuse);
  const { picture } = shot;
  return (
    <div className="paper group/picture relative aspect-video">
      <span className="num pointer-events-none absolute top-1.5 left-2 z-10 rounded-full bg-raised px-1.5 text-[11px] leading-[18px] font-semibold">
        {number}
      </span>
      {picture && (
        <>
          <img
            src={picture.has_thumbnail ? thumbnailUrl(picture) : assetUrl(picture)}
            alt={picture.name || t('upload.picture')}
            className="size-full object-cover"
          />
          <button
            type="button"
            aria-label={t('board.removePicture', { number })}
            onClick={onRemove}
            className="absolute top-1.5 right-1.5 grid size-[22px] place-items-center rounded-full bg-black/70 text-white after:absolute after:-inset-2.5"
          >
            <X size={12} strokeWidth={2.2} />
          </button>
        </>
      )}
      {!picture && progress === null && takesPicture && (
        <PictureMenu number={number} onUpload={() => picker.current?.click()} onOpenWorks={onOpenWorks} />
      )}
      {progress !== null && (
        <span
          role="progressbar"
          aria-label={t('upload.uploading', { name: t('upload.picture') })}
          aria-valuenow={progress}
          className="absolute inset-x-3 bottom-3 h-[3px] overflow-hidden rounded-full bg-raised"
        >
          <span
            className="block h-full origin-left bg-accent transition-transform duration-200"
            style={{ transform: `scaleX(${progress / 100})` }}
          />
        </span>
      )}
      <input
        ref={picker}
        type="file"
        accept={PICTURES}
        hidden
        aria-label={t('board.upload')}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) void upload(file);
        }}
      />
    </div>
  );
}

interface PictureMenuProps {
  number: number;
  onUpload: () => void;
  onOpenWorks: () => void;
}

function PictureMenu({ number, onUpload, onOpenWorks }: PictureMenuProps) {
  const { t } = useI18n();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={t('board.addPicture', { number })}
        title={t('board.picture')}
        className="absolute inset-0 grid place-items-center text-ink-2 hover:text-ink"
      >
        <ImagePlus size={20} strokeWidth={1.5} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          side="bottom"
          align="center"
          sideOffset={4}
          collisionPadding={8}
          className="z-30 w-[204px] animate-pop rounded-3 border border-line bg-raised p-1.5 shadow-2"
        >
          <PictureItem icon={<Upload size={16} strokeWidth={1.6} />} onSelect={onUpload}>
            {t('board.upload')}
          </PictureItem>
          <PictureItem icon={<LayoutGrid size={16} strokeWidth={1.6} />} onSelect={onOpenWorks}>
            {t('upload.works')}
          </PictureItem>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface PictureItemProps {
  icon: ReactNode;
  onSelect: () => void;
  children: ReactNode;
}

function PictureItem({ icon, onSelect, children }: PictureItemProps) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className="flex min-h-9 items-center gap-2.5 rounded-[9px] px-2.5 text-small outline-none data-highlighted:bg-selected max-[719px]:min-h-11"
    >
      <span aria-hidden="true">{icon}</span>
      {children}
    </DropdownMenu.Item>
  );
}
