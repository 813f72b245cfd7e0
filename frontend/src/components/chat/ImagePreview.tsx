import { Film, X } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useI18n } from '@/i18n';
import { thumbnailUrl } from '@/services/assets';
import type { Attachment } from '@/stores/useComposerStore';

const AudioPreview = lazy(() => import('./AudioPreview').then((file) => ({ default: file.AudioPreview })));

interface ImagePreviewProps {
  attachments: Attachment[];
  /** What each is for, where that matters: the first or the last frame. */
  roles: string[];
  onRemove: (id: string) => void;
}

/** What goes with the text: small pictures, each with its way out. */
export function ImagePreview({ attachments, roles, onRemove }: ImagePreviewProps) {
  const { t } = useI18n();
  if (attachments.length === 0) return null;
  return (
    <ul aria-label={t('upload.attached')} className="flex flex-wrap gap-2 px-[18px] pt-2.5">
      {attachments.map((attachment, index) =>
        attachment.kind === 'audio' ? (
          <Suspense key={attachment.id}>
            <AudioPreview attachment={attachment} onRemove={() => onRemove(attachment.id)} />
          </Suspense>
        ) : (
          <AttachedItem
            key={attachment.id}
            attachment={attachment}
            role={roles[index]}
            onRemove={() => onRemove(attachment.id)}
          />
        ),
      )}
    </ul>
  );
}

interface AttachedItemProps {
  attachment: Attachment;
  role: string | undefined;
  onRemove: () => void;
}

function AttachedItem({ attachment, role, onRemove }: AttachedItemProps) {
  const { t } = useI18n();
  const { asset, previewUrl, progress, name } = attachment;
  const source = asset ? thumbnailUrl(asset) : previewUrl;
  const isFrame = role === 'first_frame' || role === 'last_frame';
  const title = name || t('upload.picture');
  return (
    <li className="relative size-[54px]" title={title}>
      {source ? (
        <img src={source} alt={title} className="size-full rounded-2 bg-tray object-cover" />
      ) : (
        <span className="grid size-full place-items-center rounded-2 bg-tray text-ink-2">
          <Film size={18} strokeWidth={1.6} aria-label={title} />
        </span>
      )}
      {!asset && (
        <span
          role="progressbar"
          aria-label={t('upload.uploading', { name: title })}
          aria-valuenow={progress}
          className="absolute inset-x-1.5 bottom-1.5 h-[3px] overflow-hidden rounded-full bg-black/50"
        >
          <span
            className="block h-full origin-left bg-white transition-transform duration-200"
            style={{ transform: `scaleX(${progress / 100})` }}
          />
        </span>
      )}
      {asset && isFrame && (
        <span className="absolute inset-x-0 bottom-0 rounded-b-2 bg-black/60 text-center text-[11px] leading-4 text-white">
          {role === 'first_frame' ? t('upload.firstFrame') : t('upload.lastFrame')}
        </span>
      )}
      <button
        type="button"
        aria-label={t('upload.remove', { name: title })}
        onClick={onRemove}
        className="absolute -top-1 -right-1 grid size-[22px] place-items-center rounded-full border-2 border-raised bg-black/70 text-white after:absolute after:-inset-2"
      >
        <X size={11} strokeWidth={2.4} />
      </button>
    </li>
  );
}
