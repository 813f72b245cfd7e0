import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { listSessions, revokeOtherSessions, revokeSession } from '@/services/account';
import { describeDevice } from '@/utils/describeDevice';

/** Where one is signed in, and the way to end it elsewhere. */
export function SessionSettings() {
  const { t, locale, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const { data: sessions = [] } = useQuery({ queryKey: ['sessions'], queryFn: listSessions });

  const end = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
    await queries.invalidateQueries({ queryKey: ['sessions'] });
  };
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <div className="flex flex-col gap-4">
      <ul className="flex flex-col">
        {sessions.map((session) => (
          <li key={session.id} className="flex items-center gap-3 border-b border-line py-3 last:border-0">
            <div className="min-w-0 flex-1 text-small">
              <p className="truncate font-medium">
                {describeDevice(session.user_agent) || t('settings.unknownDevice')}
                <span className="num ml-2 text-caption font-normal text-ink-3">{session.address}</span>
              </p>
              <p className="text-caption text-ink-2">
                {session.current
                  ? t('settings.thisDevice')
                  : t('settings.lastSeen', { time: time.format(new Date(session.last_seen_at)) })}
              </p>
            </div>
            {!session.current && (
              <Button onClick={() => void end(() => revokeSession(session.id))}>
                {t('settings.revoke')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button className="self-start" onClick={() => void end(revokeOtherSessions)}>
          {t('settings.revokeOthers')}
        </Button>
      )}
    </div>
  );
}
