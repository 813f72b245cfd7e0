import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import type { ErrorInfo } from '@/types';

interface MessageErrorProps {
  error: ErrorInfo;
  charged: boolean;
  busy: boolean;
  onRetry: () => void;
  /** Let the model go on from the text so far, where there is some. */
  onContinue: (() => void) | undefined;
}

/** Why an answer failed: what happened, what it cost, what to do. */
export function MessageError({ error, charged, busy, onRetry, onContinue }: MessageErrorProps) {
  const { t, errorText } = useI18n();
  return (
    <div
      role="alert"
      className="mt-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-3 border border-line bg-raised py-2.5 pr-2.5 pl-4"
    >
      <p className="text-small">
        <span className="text-danger">{errorText(error)}</span>{' '}
        {!charged && <span className="text-ink-2">{t('chat.nothingCharged')}</span>}
      </p>
      <div className="flex gap-2">
        {onContinue && (
          <Button onClick={onContinue} disabled={busy}>
            {t('chat.continue')}
          </Button>
        )}
        <Button onClick={onRetry} disabled={busy}>
          {t('common.retry')}
        </Button>
      </div>
    </div>
  );
}
