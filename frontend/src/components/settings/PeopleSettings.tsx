import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { changeUser, listUsers } from '@/services/account';
import type { User } from '@/types';

/** All accounts, for administrators: approve, disable, promote. */
export function PeopleSettings() {
  const { t, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const { data } = useQuery({ queryKey: ['users'], queryFn: listUsers });

  const change = async (user: User, what: Parameters<typeof changeUser>[1]): Promise<void> => {
    try {
      await changeUser(user.id, what);
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
    await queries.invalidateQueries({ queryKey: ['users'] });
  };
  return (
    <ul className="flex flex-col">
      {data?.items.map((user) => (
        <li
          key={user.id}
          className="flex flex-wrap items-center gap-2 border-b border-line py-3 last:border-0"
        >
          <div className="min-w-40 flex-1 text-small">
            <p className="truncate font-medium">{user.display_name}</p>
            <p className="truncate text-caption text-ink-2">
              {user.email}
              {user.role === 'admin' && ` · ${t('settings.admin')}`}
              {user.status === 'pending' && <span className="text-warn"> · {t('settings.pending')}</span>}
              {user.status === 'disabled' && <span className="text-danger"> · {t('settings.disabled')}</span>}
            </p>
          </div>
          {user.status === 'active' && (
            <>
              <Button
                look="quiet"
                onClick={() => void change(user, { role: user.role === 'admin' ? 'user' : 'admin' })}
              >
                {user.role === 'admin' ? t('settings.makeUser') : t('settings.makeAdmin')}
              </Button>
              <Button look="quiet" onClick={() => void change(user, { status: 'disabled' })}>
                {t('settings.disable')}
              </Button>
            </>
          )}
          {user.status !== 'active' && (
            <Button onClick={() => void change(user, { status: 'active' })}>
              {user.status === 'pending' ? t('settings.approve') : t('settings.enable')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
