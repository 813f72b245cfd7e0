import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { Segments } from '@/components/ui/Segments';
import { asApiError } from '@/hooks/useMessageLoader';
import { useShares } from '@/hooks/useShares';
import { type MessageKey, useI18n } from '@/i18n';
import { createShare, listConversationShares, SHARES } from '@/services/shares';
import type { ShareLifetime } from '@/types';
import { ShareRow } from './ShareRow';

const LIFETIMES: Record<ShareLifetime, MessageKey> = {
  day: 'share.day',
  week: 'share.week',
  month: 'share.month',
  forever: 'share.forever',
};

interface ShareDialogProps {
  conversationId: string;
  /** The message that ends the branch in view. */
  leafId: string | null;
  onClose: () => void;
}

/** Make a link to a conversation as it is now, and look after those that there are. */
export function ShareDialog({ conversationId, leafId, onClose }: ShareDialogProps) {
  const { t, errorText } = useI18n();
  const { refresh } = useShares();
  const [lifetime, setLifetime] = useState<ShareLifetime>('month');
  const [isMaking, setMaking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { data: shares = [] } = useQuery({
    queryKey: [...SHARES, conversationId],
    queryFn: () => listConversationShares(conversationId),
    staleTime: 0,
  });

  const make = async (): Promise<void> => {
    setMaking(true);
    setProblem(null);
    try {
      await createShare(conversationId, lifetime, leafId);
    } catch (refused) {
      setProblem(errorText(asApiError(refused)));
    }
    await refresh();
    setMaking(false);
  };
  return (
    <Dialog open title={t('share.title')} size="medium" onClose={onClose}>
      <div className="flex flex-col gap-5 overflow-y-auto p-5">
        <p className="text-small text-ink-2">{t('share.hint')}</p>
        <Segments
          label={t('share.lifetime')}
          value={lifetime}
          options={(Object.entries(LIFETIMES) as [ShareLifetime, MessageKey][]).map(([value, name]) => ({
            value,
            name: t(name),
          }))}
          onChange={setLifetime}
        />
        <div>
          <Button look="primary" disabled={isMaking} onClick={() => void make()}>
            {t('share.create')}
          </Button>
          {problem && (
            <p role="alert" className="mt-2 text-small text-danger">
              {problem}
            </p>
          )}
        </div>
        {shares.length > 0 && (
          <section aria-label={t('share.list')}>
            <h3 className="text-small font-medium">{t('share.list')}</h3>
            <ul aria-live="polite">
              {shares.map((share) => (
                <ShareRow key={share.id} share={share} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}
