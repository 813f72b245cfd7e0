import { Check, Copy, RefreshCw, Trash2 } from 'lucide-react';
import { IconButton } from '@/components/ui/Button';
import { useCopy } from '@/hooks/useCopy';
import { useI18n } from '@/i18n';
import { ChargedCredits } from './ChargedCredits';
import { FeedbackButtons } from './FeedbackButtons';
import type { MessageItemProps } from './MessageItem';
import { ReadAloud } from './ReadAloud';
import { VersionSwitch } from './VersionSwitch';

const SIZE = 'size-8 rounded-[8px]';

/** What one can do with an answer: copy it, hear it, rate it, ask again, delete it, look at its versions and its cost. */
export function MessageActions({
  message,
  versions,
  isLast,
  busy,
  canAsk,
  onRegenerate,
  onExplain,
  onDelete,
  onShowVersion,
}: MessageItemProps) {
  const { t } = useI18n();
  const { copied, copy } = useCopy();
  return (
    <div
      className={`mt-1.5 -ml-2 flex flex-wrap items-center gap-0.5 ${isLast ? '' : 'show-on-hover [@media(hover:hover)]:-mb-4'}`}
    >
      <IconButton
        label={copied ? t('common.copied') : t('common.copy')}
        className={SIZE}
        onClick={() => copy(message.content)}
      >
        {copied ? <Check size={16} strokeWidth={1.6} /> : <Copy size={16} strokeWidth={1.6} />}
      </IconButton>
      {message.content && <ReadAloud messageId={message.id} text={message.content} className={SIZE} />}
      <FeedbackButtons message={message} className={SIZE} />
      <IconButton
        label={t('chat.regenerate')}
        className={SIZE}
        disabled={busy || !canAsk}
        onClick={onRegenerate}
      >
        <RefreshCw size={16} strokeWidth={1.6} />
      </IconButton>
      <IconButton label={t('deleteMessage.action')} className={SIZE} disabled={busy} onClick={onDelete}>
        <Trash2 size={16} strokeWidth={1.6} />
      </IconButton>
      {versions && <VersionSwitch versions={versions} onShow={onShowVersion} />}
      {message.credits && (
        <ChargedCredits
          credits={message.credits}
          estimated={message.usage?.estimated ?? false}
          onExplain={onExplain}
        />
      )}
    </div>
  );
}
