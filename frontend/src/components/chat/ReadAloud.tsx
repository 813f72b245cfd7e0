import { Square, Volume2 } from 'lucide-react';
import { useEffect } from 'react';
import { IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { useI18n } from '@/i18n';
import { useAloudStore } from '@/stores/useAloudStore';

interface ReadAloudProps {
  messageId: string;
  text: string;
  className: string;
}

/** Reads an answer aloud, and stops it. */
export function ReadAloud({ messageId, text, className }: ReadAloudProps) {
  const { t } = useI18n();
  const notify = useNotices((state) => state.show);
  const isReading = useAloudStore((state) => state.readingId === messageId);
  const toggle = async (): Promise<void> => {
    const { readAloud, stopReading } = await import('@/services/aloud');
    if (isReading) return stopReading();
    const outcome = await readAloud(messageId, text);
    if (outcome === 'no-voice') notify(t('aloud.noVoice'), true);
    if (outcome === 'nothing') notify(t('aloud.nothing'));
  };
  return (
    <IconButton
      label={t(isReading ? 'aloud.stop' : 'aloud.read')}
      className={className}
      onClick={() => void toggle()}
    >
      {isReading ? (
        <Square size={14} strokeWidth={1.6} className="fill-accent text-accent" />
      ) : (
        <Volume2 size={16} strokeWidth={1.6} />
      )}
    </IconButton>
  );
}

/** Whoever leaves a conversation hears no more of it. */
export function useSilenceAfter(conversationId: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each conversation ends its own reading
  useEffect(
    () => () => {
      if (useAloudStore.getState().readingId)
        void import('@/services/aloud').then((file) => file.stopReading());
    },
    [conversationId],
  );
}
