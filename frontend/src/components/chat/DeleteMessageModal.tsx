import { ConfirmDialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';

interface DeleteMessageModalProps {
  open: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** The question before a message is deleted. */
export function DeleteMessageModal({ open, onConfirm, onClose }: DeleteMessageModalProps) {
  const { t } = useI18n();
  return (
    <ConfirmDialog
      open={open}
      title={t('deleteMessage.title')}
      text={t('deleteMessage.text')}
      action={t('deleteMessage.action')}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
