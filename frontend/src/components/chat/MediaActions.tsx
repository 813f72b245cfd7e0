import { Download, Pencil, RefreshCw, Trash2, Video } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/components/ui/Button';
import { useFrameActions } from '@/hooks/useFrameActions';
import { useI18n } from '@/i18n';
import { assetUrl, fileName } from '@/services/assets';
import type { Asset } from '@/types';
import { ChargedCredits } from './ChargedCredits';
import type { MessageItemProps } from './MessageItem';
import { VersionSwitch } from './VersionSwitch';

const SIZE = 'size-8 rounded-[8px]';

interface MediaActionsProps extends MessageItemProps {
  /** The frame that is chosen; none when nothing came of it. */
  frame: Asset | undefined;
  onRepeat: () => void;
}

/** What one can do with a frame: go on from it, as a picture or as a clip, keep it, make another. */
export function MediaActions(props: MediaActionsProps) {
  const { t } = useI18n();
  const { message, frame, versions, busy, onRepeat, onDelete, onShowVersion, onExplain } = props;
  const { edit, animate } = useFrameActions(message.conversation_id);
  const isPicture = frame?.kind === 'image';
  return (
    <div className="mt-1.5 -ml-2 flex flex-wrap items-center gap-0.5">
      {frame && isPicture && (
        <>
          <TextAction
            icon={<Pencil size={16} strokeWidth={1.6} />}
            name={t('chat.edit')}
            onClick={() => edit(frame)}
          />
          <TextAction
            icon={<Video size={17} strokeWidth={1.6} />}
            name={t('media.animate')}
            onClick={() => animate(frame)}
          />
        </>
      )}
      {frame && (
        <a
          href={assetUrl(frame)}
          download={fileName(frame)}
          aria-label={t('media.download')}
          title={t('media.download')}
          className={`inline-grid ${SIZE} shrink-0 place-items-center text-ink-2 hover:bg-selected hover:text-ink max-[719px]:size-11`}
        >
          <Download size={16} strokeWidth={1.6} />
        </a>
      )}
      {frame && (
        <IconButton label={t('media.vary')} className={SIZE} disabled={busy} onClick={onRepeat}>
          <RefreshCw size={16} strokeWidth={1.6} />
        </IconButton>
      )}
      <IconButton label={t('deleteMessage.action')} className={SIZE} disabled={busy} onClick={onDelete}>
        <Trash2 size={16} strokeWidth={1.6} />
      </IconButton>
      {versions && <VersionSwitch versions={versions} onShow={onShowVersion} />}
      {message.credits && (
        <ChargedCredits credits={message.credits} estimated={false} onExplain={onExplain} />
      )}
    </div>
  );
}

interface TextActionProps {
  icon: ReactNode;
  name: string;
  onClick: () => void;
}

function TextAction({ icon, name, onClick }: TextActionProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="inline-flex h-8 items-center gap-1.5 rounded-[8px] px-2.5 text-small whitespace-nowrap text-ink-2 hover:bg-selected hover:text-ink max-[719px]:h-11"
    >
      {icon}
      {name}
    </button>
  );
}
