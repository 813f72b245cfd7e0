import { TriangleAlert } from 'lucide-react';
import { type MessageKey, useI18n } from '@/i18n';
import type { Model } from '@/types';
import { type ConflictReason, findModelFor } from '@/utils/modelConflict';

export const CONFLICTS: Record<ConflictReason, MessageKey> = {
  chat: 'conflict.chat',
  image: 'conflict.image',
  video: 'conflict.video',
  audio: 'conflict.audio',
};

interface ConflictAlertProps {
  reason: ConflictReason;
  models: Model[];
  model: Model;
  hasImage: boolean;
  hasVideo: boolean;
  hasAudio: boolean;
  onModel: (id: string) => void;
  /** Take away what the model does not take. */
  onRemove: () => void;
}

/** What the model does not take, in one line, with the way out. */
export function ConflictAlert(props: ConflictAlertProps) {
  const { t } = useI18n();
  const { reason, models, model, hasImage, hasVideo, hasAudio } = props;
  const other = findModelFor(models, model.mode, hasImage, hasVideo, hasAudio);
  return (
    <div
      role="status"
      className="mb-2 flex flex-wrap items-center gap-x-2.5 gap-y-1 px-4 text-small text-warn"
    >
      <TriangleAlert size={15} strokeWidth={1.8} aria-hidden="true" className="shrink-0" />
      <span>{t(CONFLICTS[reason])}</span>
      <button
        type="button"
        onClick={() => (other ? props.onModel(other.id) : props.onRemove())}
        className="font-medium text-ink underline underline-offset-3 max-[719px]:min-h-11"
      >
        {other ? t('conflict.use', { model: other.name }) : t('conflict.remove')}
      </button>
    </div>
  );
}
