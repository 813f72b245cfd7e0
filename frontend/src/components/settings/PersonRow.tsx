import { useQuery } from '@tanstack/react-query';
import { Coins } from 'lucide-react';
import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import type { changeUser } from '@/services/account';
import { getUserCredits } from '@/services/adminCredits';
import type { User } from '@/types';
import { formatCredits } from '@/utils/credits';

interface PersonRowProps {
  user: User;
  onChange: (what: Parameters<typeof changeUser>[1]) => void;
  onOpenCredits: () => void;
}

/** One account: who it is, what it has to spend, and what an administrator can do with it. */
export function PersonRow({ user, onChange, onOpenCredits }: PersonRowProps) {
  const { t, locale } = useI18n();
  const { data: credits } = useQuery({
    queryKey: ['users', user.id, 'credits'],
    queryFn: () => getUserCredits(user.id),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1.5 border-b border-line py-3 last:border-0">
      <div className="min-w-44 flex-1 text-small">
        <p className="truncate font-medium">{user.display_name}</p>
        <p className="truncate text-caption text-ink-2">
          {user.email}
          {user.role === 'admin' && ` · ${t('settings.admin')}`}
          {user.status === 'pending' && <span className="text-warn"> · {t('settings.pending')}</span>}
          {user.status === 'disabled' && <span className="text-danger"> · {t('settings.disabled')}</span>}
        </p>
      </div>
      <Button onClick={onOpenCredits}>
        <span className="sr-only">{t('people.title', { name: user.display_name })}</span>
        <Coins size={15} strokeWidth={1.6} aria-hidden="true" className="text-ink-3" />
        <span className="num min-w-14 text-right">
          {credits ? formatCredits(credits.available_mc, locale) : '–'}
        </span>
      </Button>
      {user.status === 'active' && (
        <div className="flex max-[719px]:-ml-3.5">
          <Button look="quiet" onClick={() => onChange({ role: user.role === 'admin' ? 'user' : 'admin' })}>
            {user.role === 'admin' ? t('settings.makeUser') : t('settings.makeAdmin')}
          </Button>
          <Button look="quiet" onClick={() => onChange({ status: 'disabled' })}>
            {t('settings.disable')}
          </Button>
        </div>
      )}
      {user.status !== 'active' && (
        <Button onClick={() => onChange({ status: 'active' })}>
          {user.status === 'pending' ? t('settings.approve') : t('settings.enable')}
        </Button>
      )}
    </li>
  );
}
