import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Link, Route, Routes } from 'react-router';
import { ApiError, onSignedOut } from '@/api/client';
import { Button } from '@/components/ui/Button';
import { Toaster } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useDocumentPreferences } from '@/hooks/useTheme';
import { useI18n } from '@/i18n';
import { Studio } from '@/pages/Studio';
import { getMe } from '@/services/auth';
import { forgetQueries } from '@/services/queryClient';

const Shared = lazy(() => import('@/pages/Shared').then((file) => ({ default: file.Shared })));
const SignIn = lazy(() => import('@/pages/SignIn').then((file) => ({ default: file.SignIn })));

/** A shared conversation is for everybody; anything else is the studio, for those who belong here. */
export function App() {
  useDocumentPreferences();
  return (
    <Suspense>
      <Routes>
        <Route path="/s/:token" element={<Shared />} />
        <Route path="*" element={<Entrance />} />
      </Routes>
    </Suspense>
  );
}

/** Who is here decides what is shown: the sign-in page, or the studio. */
function Entrance() {
  const {
    data: user,
    error,
    isPending,
    refetch,
  } = useQuery({ queryKey: ['me'], queryFn: getMe, retry: false });
  useEffect(() => onSignedOut(forgetQueries), []);

  if (isPending) return null;
  if (error && !isSignedOut(error))
    return <Unreachable error={asApiError(error)} onRetry={() => void refetch()} />;
  if (!user)
    return (
      <Suspense>
        <SignIn />
      </Suspense>
    );
  return (
    <>
      <Routes>
        {['/', '/c/:conversationId', '/gallery'].map((path) => (
          <Route key={path} path={path} element={<Studio key="studio" user={user} />} />
        ))}
        <Route path="*" element={<NotFound />} />
      </Routes>
      <Toaster />
    </>
  );
}

function isSignedOut(error: Error): boolean {
  return error instanceof ApiError && error.status === 401;
}

function Unreachable({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  const { t, errorText } = useI18n();
  return (
    <main role="alert" className="grid h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <p>{errorText(error)}</p>
      <Button onClick={onRetry}>{t('common.retry')}</Button>
    </main>
  );
}

function NotFound() {
  const { t } = useI18n();
  return (
    <main className="grid h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <h1 className="font-serif text-display font-medium">{t('app.notFound')}</h1>
      <Link to="/" className="underline underline-offset-4">
        {t('app.backHome')}
      </Link>
    </main>
  );
}
