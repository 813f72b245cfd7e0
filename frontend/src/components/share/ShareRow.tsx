import { Check, Link2 } from 'lucide-react';
import { Button } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { useCopy } from '@/hooks/useCopy';
import { useShares } from '@/hooks/useShares';
import { useI18n } from '@/i18n';
import { shareLink } from '@/services/shares';
import type { Share } from '@/types';

interface ShareRowProps {
  share: Share;
  /** Show of which conversation it is. */
  named?: boolean;
}

/** One link: what it shows and until when, to be copied or revoked. */
export function ShareRow({ share, named = false }: ShareRowProps) {
  const { t, locale } = useI18n();
  const { copied, copy } = useCopy();
  const { revoke } = useShares();
  const notify = useNotices((state) => state.show);
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const made = t('share.made', {
    time: time.format(new Date(share.created_at)),
    count: share.message_count,
  });
  const end = share.expires_at
    ? t('share.until', { time: time.format(new Date(share.expires_at)) })
    : t('share.endless');
  const endIt = async (): Promise<void> => {
    const problem = await revoke(share);
    notify(problem ?? t('share.revoked'), problem !== null);
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line py-3 last:border-0">
      <div className="min-w-48 flex-1 text-small">
        <p className="truncate font-medium">{named ? share.title || t('sidebar.untitled') : made}</p>
        <p className="text-caption text-ink-2">
          {named && <span className="inline-block">{made}</span>}
          {named && ' · '}
          <span className="inline-block">{end}</span>
        </p>
      </div>
      <div className="flex gap-2">
        <Button onClick={() => copy(shareLink(share))}>
          {copied ? <Check size={16} strokeWidth={1.6} /> : <Link2 size={16} strokeWidth={1.6} />}
          <span aria-live="polite">{copied ? t('common.copied') : t('share.copy')}</span>
        </Button>
        <Button look="danger" onClick={() => void endIt()}>
          {t('share.revoke')}
        </Button>
      </div>
    </li>
  );
}
