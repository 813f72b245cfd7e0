import { Markdown } from '@/components/markdown/Markdown';
import { useI18n } from '@/i18n';
import type { SharedMessage as Message } from '@/types';
import { SharedMedia } from './SharedMedia';

interface SharedMessageProps {
  token: string;
  message: Message;
}

/** A message of a shared conversation, as its owner sees it, with nothing to press. */
export function SharedMessage({ token, message }: SharedMessageProps) {
  const { t } = useI18n();
  if (message.role === 'user')
    return (
      <article
        aria-label={t('share.person')}
        className="ml-auto flex w-fit max-w-[78%] flex-col items-end gap-2 max-[719px]:max-w-[90%]"
      >
        <SharedMedia token={token} assets={message.assets} small />
        {message.content && (
          <div className="min-w-0 max-w-full rounded-[18px_18px_5px_18px] bg-bubble px-4 py-2.5 break-words whitespace-pre-wrap">
            {message.content}
          </div>
        )}
      </article>
    );
  return (
    <article aria-label={t('chat.assistant')} className="min-w-0">
      <header className="mb-2 flex items-center gap-2 text-[12.5px] text-ink-2">
        <b className="font-semibold text-ink">{message.model_name}</b>
        {message.status !== 'complete' && (
          <span>{t(message.status === 'failed' ? 'share.failed' : 'share.unfinished')}</span>
        )}
      </header>
      {message.content && <Markdown text={message.content} />}
      <SharedMedia token={token} assets={message.assets} />
    </article>
  );
}
