import { useQuery } from '@tanstack/react-query';
import { Figures } from '@/components/credits/Figures';
import { Ledger } from '@/components/credits/Ledger';
import { Dialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';
import { getUserCredits, listUserTransactions } from '@/services/adminCredits';
import type { User } from '@/types';
import { GrantForm } from './GrantForm';

/** What an account has, the way to give it more or correct it, and what happened to it. */
export function PersonCredits({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useI18n();
  const queryKey = ['users', user.id, 'credits'];
  const { data: credits } = useQuery({ queryKey, queryFn: () => getUserCredits(user.id), staleTime: 0 });
  return (
    <Dialog open size="medium" title={t('people.title', { name: user.display_name })} onClose={onClose}>
      <div className="flex min-h-0 flex-col gap-6 overflow-y-auto p-5">
        {credits && (
          <Figures
            figures={[
              { label: t('credits.available'), mc: credits.available_mc },
              { label: t('credits.heldNow'), mc: credits.held_mc },
              { label: t('credits.balance'), mc: credits.balance_mc },
            ]}
          />
        )}
        <GrantForm userId={user.id} />
        <section>
          <h3 className="mb-1 text-small font-semibold">{t('ledger.title')}</h3>
          <Ledger
            queryKey={[...queryKey, 'transactions']}
            load={(cursor, limit) => listUserTransactions(user.id, cursor, limit)}
          />
        </section>
      </div>
    </Dialog>
  );
}
