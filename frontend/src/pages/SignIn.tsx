import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Eye, EyeOff } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { ApiError } from '@/api/client';
import { DevelopingFrame } from '@/components/DevelopingFrame';
import { Button, IconButton } from '@/components/ui/Button';
import { TextField } from '@/components/ui/TextField';
import { Wordmark } from '@/components/ui/Wordmark';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { beginVisit, getInstance, signIn, signUp } from '@/services/auth';

const PASSWORD_MIN = 8;

/** Come in, or make an account; a picture develops as the form is filled. */
export function SignIn() {
  const { t } = useI18n();
  const { data: instance } = useQuery({ queryKey: ['instance'], queryFn: getInstance });
  const [wantsAccount, setWantsAccount] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const [progress, setProgress] = useState(0);
  const first = instance?.first_account ?? false;
  const mode = first || wantsAccount ? 'sign-up' : 'sign-in';
  return (
    <main className="flex h-dvh overflow-y-auto bg-surface">
      <div className="flex min-h-full flex-1 flex-col px-8 py-6 max-[719px]:px-5">
        <Wordmark />
        <div className="mx-auto my-auto w-full max-w-[360px] py-8">
          {waiting ? (
            <Pending />
          ) : (
            <>
              <h1 className="font-serif text-display font-medium">
                {first ? t('auth.firstTitle') : mode === 'sign-up' ? t('auth.signUp') : t('auth.signIn')}
              </h1>
              {first && <p className="mt-2 text-small text-ink-2">{t('auth.firstHint')}</p>}
              <CredentialsForm
                mode={mode}
                action={
                  first ? t('auth.createAdmin') : mode === 'sign-up' ? t('auth.signUp') : t('auth.signIn')
                }
                onProgress={setProgress}
                onPending={() => setWaiting(true)}
              />
              {!first && instance?.sign_up !== 'closed' && (
                <Button look="quiet" className="mt-3 w-full" onClick={() => setWantsAccount(!wantsAccount)}>
                  {wantsAccount ? t('auth.toSignIn') : t('auth.toSignUp')}
                </Button>
              )}
              {!first && instance?.sign_up === 'closed' && (
                <p className="mt-4 text-caption text-ink-3">{t('auth.closedHint')}</p>
              )}
            </>
          )}
        </div>
      </div>
      <div className="sticky top-0 hidden h-dvh w-[46%] shrink-0 place-items-center bg-bg p-14 min-[960px]:grid">
        <DevelopingFrame progress={waiting ? 100 : progress} label={t('auth.picture')} />
      </div>
    </main>
  );
}

function Pending() {
  const { t } = useI18n();
  return (
    <div role="status">
      <h1 className="font-serif text-display font-medium">{t('auth.pendingTitle')}</h1>
      <p className="mt-3 text-ink-2">{t('auth.pendingHint')}</p>
    </div>
  );
}

interface CredentialsFormProps {
  mode: 'sign-in' | 'sign-up';
  action: string;
  onProgress: (percent: number) => void;
  onPending: () => void;
}

function CredentialsForm({ mode, action, onProgress, onPending }: CredentialsFormProps) {
  const { t, errorText } = useI18n();
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [name, setName] = useState('');
  const [visible, setVisible] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const isNew = mode === 'sign-up';

  const report = (nextEmail: string, nextPassword: string): void => {
    const mail = /^[^@\s]+@[^@\s]+$/.test(nextEmail) ? 45 : Math.min(30, nextEmail.length * 3);
    onProgress(mail + Math.min(55, (nextPassword.length / PASSWORD_MIN) * 55));
  };

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { user } = isNew
        ? await signUp(email.trim(), password, name.trim())
        : await signIn(email.trim(), password);
      if (user) beginVisit(user);
      else onPending();
    } catch (problem) {
      setError(asApiError(problem));
      await queries.invalidateQueries({ queryKey: ['instance'] });
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} className="mt-7 flex flex-col gap-4">
      {isNew && (
        <TextField
          label={t('auth.displayName')}
          placeholder={t('auth.displayNameHint')}
          value={name}
          maxLength={80}
          autoComplete="name"
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <TextField
        label={t('auth.email')}
        type="email"
        required
        maxLength={254}
        autoComplete="username"
        value={email}
        onChange={(event) => {
          setEmail(event.target.value);
          report(event.target.value, password);
        }}
      />
      <TextField
        label={t('auth.password')}
        hint={isNew ? t('auth.passwordHint') : undefined}
        type={visible ? 'text' : 'password'}
        required
        minLength={isNew ? PASSWORD_MIN : 1}
        maxLength={256}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
          report(email, event.target.value);
        }}
        end={
          <IconButton
            label={visible ? t('auth.hidePassword') : t('auth.showPassword')}
            onClick={() => setVisible(!visible)}
          >
            {visible ? <EyeOff size={18} strokeWidth={1.6} /> : <Eye size={18} strokeWidth={1.6} />}
          </IconButton>
        }
      />
      {error && (
        <p role="alert" className="text-small text-danger">
          {errorText(error)}
        </p>
      )}
      <Button look="primary" type="submit" disabled={busy} className="mt-1 h-11">
        {action}
      </Button>
    </form>
  );
}
