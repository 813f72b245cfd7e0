import { Check, Copy, Pencil, Trash2 } from 'lucide-react';
import { IconButton } from '@/components/ui/Button';
import { useCopy } from '@/hooks/useCopy';
import { useI18n } from '@/i18n';
import { isTemp } from '@/utils/messageFactory';
import type { MessageItemProps } from './MessageItem';
import { VersionSwitch } from './VersionSwitch';

const SIZE = 'size-8 rounded-[8px]';

/** What one can do with one's own message: edit it (as a new version), copy it, delete it. */
export function MessageToolbar({
  message,
  versions,
  busy,
  onDelete,
  onShowVersion,
  onStartEdit,
}: MessageItemProps & { onStartEdit: () => void }) {
  const { t } = useI18n();
  const { copied, copy } = useCopy();
  const disabled = busy || isTemp(message.id);
  return (
    <div className="show-on-hover mt-1 flex items-center gap-0.5 [@media(hover:hover)]:-mb-7">
      {versions && <VersionSwitch versions={versions} onShow={onShowVersion} />}
      <IconButton label={t('chat.edit')} className={SIZE} disabled={disabled} onClick={onStartEdit}>
        <Pencil size={16} strokeWidth={1.6} />
      </IconButton>
      <IconButton
        label={copied ? t('common.copied') : t('common.copy')}
        className={SIZE}
        onClick={() => copy(message.content)}
      >
        {copied ? <Check size={16} strokeWidth={1.6} /> : <Copy size={16} strokeWidth={1.6} />}
      </IconButton>
      <IconButton label={t('deleteMessage.action')} className={SIZE} disabled={disabled} onClick={onDelete}>
        <Trash2 size={16} strokeWidth={1.6} />
      </IconButton>
    </div>
  );
}
