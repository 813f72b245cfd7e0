import { FileText, Image, LayoutGrid, Mic, Plus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { useI18n } from '@/i18n';
import type { Model } from '@/types';
import { takes } from '@/utils/modelConflict';

const PICTURES = 'image/png,image/jpeg,image/webp,image/gif';
const FILMS = 'video/mp4,video/webm,video/quicktime';
const ACCEPTED = [
  ['image', PICTURES],
  ['video', FILMS],
] as const;

interface UploadMenuProps {
  model: Model | null;
  /** A voice can be handed in as it is, or become text. */
  canRecord: boolean;
  onFiles: (files: File[]) => void;
  onOpenWorks: () => void;
  onRecord: () => void;
}

/** Add something to the text: what the model does not take is shown with the reason. */
export function UploadMenu({ model, canRecord, onFiles, onOpenWorks, onRecord }: UploadMenuProps) {
  const { t } = useI18n();
  const picker = useRef<HTMLInputElement>(null);
  const accept = ACCEPTED.filter(([kind]) => model && takes(model, kind))
    .map(([, types]) => types)
    .join(',');
  const reason = accept ? undefined : model?.mode === 'chat' ? t('conflict.chat') : t('conflict.image');
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept={accept}
        multiple
        hidden
        aria-label={t('upload.media')}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          aria-label={t('upload.menu')}
          title={t('upload.menu')}
          className="grid size-[34px] shrink-0 place-items-center rounded-2 text-ink-2 hover:bg-selected hover:text-ink data-[state=open]:bg-selected max-[719px]:size-11"
        >
          <Plus size={18} strokeWidth={1.6} />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            side="top"
            align="start"
            sideOffset={8}
            collisionPadding={8}
            className="z-30 w-[264px] max-w-[calc(100vw-16px)] animate-pop rounded-3 border border-line bg-raised p-1.5 shadow-2"
          >
            <Item
              icon={<Image size={18} strokeWidth={1.6} />}
              name={t('upload.media')}
              reason={reason}
              onSelect={() => picker.current?.click()}
            />
            <Item
              icon={<Mic size={18} strokeWidth={1.6} />}
              name={t('upload.record')}
              reason={canRecord ? undefined : t('voice.impossible')}
              onSelect={onRecord}
            />
            <Item
              icon={<FileText size={18} strokeWidth={1.6} />}
              name={t('upload.document')}
              reason={t('upload.noDocuments')}
            />
            <Item
              icon={<LayoutGrid size={18} strokeWidth={1.6} />}
              name={t('upload.works')}
              reason={reason}
              onSelect={onOpenWorks}
            />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </>
  );
}

interface ItemProps {
  icon: ReactNode;
  name: string;
  /** Why it cannot be chosen. */
  reason: string | undefined;
  onSelect?: () => void;
}

function Item({ icon, name, reason, onSelect }: ItemProps) {
  return (
    <DropdownMenu.Item
      disabled={reason !== undefined}
      onSelect={onSelect}
      className="flex min-h-10 items-center gap-3 rounded-[9px] px-2.5 py-1.5 text-small outline-none data-disabled:text-ink-3 data-highlighted:bg-selected max-[719px]:min-h-12"
    >
      <span aria-hidden="true" className="shrink-0">
        {icon}
      </span>
      <span className="min-w-0">
        {name}
        {reason && <span className="block text-caption">{reason}</span>}
      </span>
    </DropdownMenu.Item>
  );
}
