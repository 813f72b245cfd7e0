import { useQuery } from '@tanstack/react-query';
import { MessageCircle, RotateCcw, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { ImagePreviewModal, TOOL } from '@/components/chat/ImagePreviewModal';
import type { Work } from '@/hooks/useWorks';
import { useI18n } from '@/i18n';
import { queryTaskStatus } from '@/services/image';
import type { WorkActions } from './WorkMenu';

interface WorkPreviewProps {
  works: Work[];
  index: number;
  actions: WorkActions & { refer: (work: Work) => void };
  onIndex: (index: number) => void;
  onClose: () => void;
}

/** A work as large as the screen allows, its neighbours on the sheet, and the ways on from it. */
export function WorkPreview({ works, index, actions, onIndex, onClose }: WorkPreviewProps) {
  const { t } = useI18n();
  const work = works[index];
  const taskId = work?.origin.task_id;
  const { data: task } = useQuery({
    queryKey: ['task', taskId],
    queryFn: () => queryTaskStatus(taskId ?? ''),
    enabled: taskId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!work) return null;
  const leave = (action: (work: Work) => void) => () => {
    onClose();
    action(work);
  };
  return (
    <ImagePreviewModal
      frames={works}
      index={index}
      prompt={task?.prompt || work.origin.prompt}
      request={task?.request ?? null}
      onUse={() => actions.refer(work)}
      onIndex={onIndex}
      onClose={onClose}
      tools={
        <>
          {work.origin.conversation_id && (
            <Tool name={t('gallery.toMessage')} onClick={leave(actions.toMessage)}>
              <MessageCircle size={18} strokeWidth={1.6} />
            </Tool>
          )}
          <Tool name={t('gallery.reuse')} onClick={leave(actions.reuse)}>
            <RotateCcw size={18} strokeWidth={1.6} />
          </Tool>
          <Tool name={t('gallery.delete')} onClick={leave(actions.remove)}>
            <Trash2 size={18} strokeWidth={1.6} />
          </Tool>
        </>
      }
    />
  );
}

function Tool({ name, onClick, children }: { name: string; onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" aria-label={name} title={name} className={TOOL} onClick={onClick}>
      {children}
    </button>
  );
}
