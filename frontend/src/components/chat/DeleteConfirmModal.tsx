import { ConfirmDialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';

interface DeleteConfirmModalProps {
  open: boolean;
  title: string;
  /** Whether something is being made there: that goes on, and costs what it costs. */
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** The question before a conversation is deleted. */
export function DeleteConfirmModal({ open, title, busy, onConfirm, onClose }: DeleteConfirmModalProps) {
  const { t } = useI18n();
  return (
    <ConfirmDialog
      open={open}
      title={t('deleteConversation.title')}
      text={t(busy ? 'deleteConversation.textBusy' : 'deleteConversation.text', { title })}
      action={t('deleteConversation.action')}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
