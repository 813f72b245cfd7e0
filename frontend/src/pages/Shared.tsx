import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useParams } from 'react-router';
import type { ApiError } from '@/api/client';
import { OwnPictures } from '@/components/markdown/ownPictures';
import { SharedMessage } from '@/components/share/SharedMessage';
import { Button } from '@/components/ui/Button';
import { Wordmark } from '@/components/ui/Wordmark';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { readShare } from '@/services/shares';
import type { SharedConversation } from '@/types';

/** A conversation as it was when somebody shared it: to be read, by anybody who has the link. */
export function Shared() {
  const { t } = useI18n();
  const { token = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: ['share', token],
    queryFn: () => readShare(token),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const title = data ? data.title || t('sidebar.untitled') : '';
  useEffect(() => {
    document.title = title ? `${title} · ${t('app.name')}` : t('app.name');
  }, [title, t]);

  if (error) return <Missing error={asApiError(error)} onRetry={() => void refetch()} />;
  return (
    <OwnPictures value={false}>
      <div className="h-dvh overflow-y-auto bg-surface max-[719px]:bg-bg">
        <div className="mx-auto flex min-h-full max-w-[800px] flex-col px-7 max-[719px]:px-4">
          {data && <Reading token={token} title={title} conversation={data} />}
          <Footer />
        </div>
      </div>
    </OwnPictures>
  );
}

interface ReadingProps {
  token: string;
  title: string;
  conversation: SharedConversation;
}

function Reading({ token, title, conversation }: ReadingProps) {
  const { t, locale } = useI18n();
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
  return (
    <main className="flex-1">
      <header className="border-b border-line pt-10 pb-5 max-[719px]:pt-6">
        <h1 className="font-serif text-display font-medium break-words max-[719px]:text-[23px]">{title}</h1>
        <p className="mt-1.5 text-caption text-ink-2">
          {t('share.shownAt', { time: time.format(new Date(conversation.created_at)) })}
        </p>
      </header>
      <div className="flex flex-col gap-7 py-7">
        {conversation.messages.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what is shared never changes
          <SharedMessage key={index} token={token} message={message} />
        ))}
      </div>
    </main>
  );
}

function Footer() {
  const { t } = useI18n();
  return (
    <footer className="flex items-center justify-between gap-4 border-t border-line py-5 pb-[calc(20px+env(safe-area-inset-bottom))]">
      <Wordmark />
      <a href="/" className="text-caption text-ink-2 underline underline-offset-4 hover:text-ink">
        {t('share.madeWith')}
      </a>
    </footer>
  );
}

/** A link that shows nothing, or that cannot be read now. */
function Missing({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  const { t, errorText } = useI18n();
  const gone = error.status === 404;
  return (
    <main className="grid h-dvh place-content-center justify-items-center gap-3 p-6 text-center">
      <h1 className="font-serif text-display font-medium max-[719px]:text-[23px]">
        {gone ? t('share.gone') : errorText(error)}
      </h1>
      {gone ? (
        <p className="max-w-[440px] text-small text-ink-2">{t('share.goneHint')}</p>
      ) : (
        <Button onClick={onRetry}>{t('common.retry')}</Button>
      )}
      <a href="/" className="mt-2 text-small underline underline-offset-4">
        {t('app.name')}
      </a>
    </main>
  );
}
