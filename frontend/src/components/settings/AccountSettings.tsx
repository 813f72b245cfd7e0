import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/TextField';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { changeName, changePassword } from '@/services/account';
import { signOut } from '@/services/auth';
import type { User } from '@/types';

/** One's own name and password, and the way out. */
export function AccountSettings({ user }: { user: User }) {
  const { t } = useI18n();
  return (
    <div className="flex max-w-sm flex-col gap-7">
      <NameForm user={user} />
      <PasswordForm />
      <Button
        className="self-start"
        onClick={() => {
          // A full load: nothing of this account stays in memory.
          void signOut().finally(() => window.location.assign('/'));
        }}
      >
        {t('settings.signOut')}
      </Button>
    </div>
  );
}

function NameForm({ user }: { user: User }) {
  const { t, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const [name, setName] = useState(user.display_name);

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      queries.setQueryData(['me'], await changeName(name.trim()));
      notify(t('settings.saved'));
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-3">
      <p className="text-small text-ink-2">
        {t('settings.email')} <span className="ml-2 text-ink">{user.email}</span>
      </p>
      <TextField
        label={t('settings.displayName')}
        value={name}
        maxLength={80}
        required
        autoComplete="name"
        onChange={(event) => setName(event.target.value)}
      />
      <Button
        type="submit"
        className="self-start"
        disabled={!name.trim() || name.trim() === user.display_name}
      >
        {t('common.save')}
      </Button>
    </form>
  );
}

function PasswordForm() {
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await changePassword(current, next);
      setCurrent('');
      setNext('');
      notify(t('settings.passwordChanged'));
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-3">
      <TextField
        label={t('settings.currentPassword')}
        type="password"
        value={current}
        required
        autoComplete="current-password"
        onChange={(event) => setCurrent(event.target.value)}
      />
      <TextField
        label={t('settings.newPassword')}
        hint={t('auth.passwordHint')}
        type="password"
        value={next}
        required
        minLength={8}
        autoComplete="new-password"
        onChange={(event) => setNext(event.target.value)}
      />
      <Button type="submit" className="self-start" disabled={!current || next.length < 8}>
        {t('settings.changePassword')}
      </Button>
    </form>
  );
}
