import { lazy, memo, Suspense, useState } from 'react';
import { Markdown } from '@/components/markdown/Markdown';
import { useTaskWords } from '@/hooks/useTaskWords';
import { useI18n } from '@/i18n';
import { thumbnailUrl } from '@/services/assets';
import type { Asset, Message, Model } from '@/types';
import type { Versions } from '@/utils/messageTree';
import { MediaResult } from './MediaResult';
import { MessageActions } from './MessageActions';
import { MessageEditor } from './MessageEditor';
import { MessageError } from './MessageError';
import { MessageToolbar } from './MessageToolbar';
import { Thoughts } from './Thoughts';

const StoryboardQuestion = lazy(() =>
  import('@/components/storyboard/StoryboardQuestion').then((file) => ({ default: file.StoryboardQuestion })),
);

export interface MessageItemProps {
  message: Message;
  modelName: string;
  /** The model that answered, if there still is one of that name. */
  model: Model | undefined;
  versions: Versions | undefined;
  isLast: boolean;
  reconnecting: boolean;
  /** An answer is being written: nothing else may be begun in this conversation. */
  busy: boolean;
  /** Whether one more answer may begin. */
  canAsk: boolean;
  onRegenerate: () => void;
  /** Let the model go on from an answer that broke off. */
  onContinue: () => void;
  /** Show how the answer was charged. */
  onExplain: (transactionId: string) => void;
  onDelete: () => void;
  onEdit: (content: string) => Promise<boolean>;
  onShowVersion: (messageId: string) => void;
}

/** One message: the user's as a bubble, an answer as text under its model's name. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  return props.message.role === 'user' ? <OwnMessage {...props} /> : <Answer {...props} />;
}, isSameItem);

function isSameItem(before: MessageItemProps, after: MessageItemProps): boolean {
  return (
    before.message === after.message &&
    before.modelName === after.modelName &&
    before.model === after.model &&
    before.isLast === after.isLast &&
    before.reconnecting === after.reconnecting &&
    before.busy === after.busy &&
    before.canAsk === after.canAsk &&
    before.versions?.index === after.versions?.index &&
    before.versions?.ids.length === after.versions?.ids.length
  );
}

function OwnMessage(props: MessageItemProps) {
  const { t } = useI18n();
  const { message, onEdit } = props;
  const [editing, setEditing] = useState(false);
  if (editing) {
    return (
      <MessageEditor
        text={message.content}
        onCancel={() => setEditing(false)}
        onSend={async (content) => {
          if (await onEdit(content)) setEditing(false);
        }}
      />
    );
  }
  return (
    <article
      aria-label={t('chat.you')}
      className="group ml-auto flex w-fit max-w-[78%] flex-col items-end max-[719px]:max-w-[90%]"
    >
      <div className="flex max-w-full items-end gap-2.5">
        <References assets={message.assets} />
        {message.content && (
          <div className="min-w-0 rounded-[18px_18px_5px_18px] bg-bubble px-4 py-2.5 break-words whitespace-pre-wrap">
            {message.content}
          </div>
        )}
        {!message.content && (
          <Suspense>
            <StoryboardQuestion message={message} />
          </Suspense>
        )}
      </div>
      <MessageToolbar {...props} onStartEdit={() => setEditing(true)} />
    </article>
  );
}

/** What a message builds on, left of its words. */
function References({ assets }: { assets: Asset[] }) {
  const { t } = useI18n();
  if (assets.length === 0) return null;
  return (
    <ul aria-label={t('media.references')} className="flex shrink-0 flex-wrap justify-end gap-1.5">
      {assets.map((asset, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one picture may stand in two places, which never change
        <li key={index} className="size-[52px] overflow-hidden rounded-2 bg-tray">
          <img
            src={thumbnailUrl(asset)}
            alt={asset.name || t('upload.picture')}
            loading="lazy"
            className="size-full object-cover"
          />
        </li>
      ))}
    </ul>
  );
}

function Answer(props: MessageItemProps) {
  const { t } = useI18n();
  const { message, modelName, reconnecting } = props;
  const { task } = message;
  const say = useTaskWords();
  const streaming = message.status === 'streaming';
  return (
    <article
      aria-label={t('chat.assistant')}
      aria-busy={streaming || message.status === 'developing'}
      className="group min-w-0"
    >
      <header className="mb-2 flex items-center gap-2 text-[12.5px] text-ink-2">
        <b className="font-semibold text-ink">{modelName}</b>
        {task ? (
          <span>{say(task, props.model)}</span>
        ) : (
          <span aria-live="polite">{stateText(message, reconnecting, t)}</span>
        )}
      </header>
      {message.reasoning && <Thoughts text={message.reasoning} open={streaming && !message.content} />}
      {message.content && (
        <div className={streaming ? 'streaming' : undefined}>
          <Markdown text={message.content} />
        </div>
      )}
      {streaming && !message.content && <Caret />}
      {task && <MediaResult {...props} task={task} />}
      {message.error && !task && (
        <MessageError
          error={message.error}
          charged={(message.credits?.charged_mc ?? 0) > 0}
          busy={props.busy || !props.canAsk}
          onRetry={props.onRegenerate}
          onContinue={message.status === 'interrupted' && message.content ? props.onContinue : undefined}
        />
      )}
      {!streaming && !task && <MessageActions {...props} />}
    </article>
  );
}

function stateText(message: Message, reconnecting: boolean, t: ReturnType<typeof useI18n>['t']): string {
  if (message.status === 'stopped') return t('chat.stopped');
  if (message.status !== 'streaming') return '';
  if (reconnecting) return t('chat.reconnecting');
  return message.content ? t('chat.writing') : t('chat.thinking');
}

function Caret() {
  return (
    <span
      aria-hidden="true"
      className="inline-block h-[1.15em] w-0.5 animate-caret bg-accent align-[-0.2em]"
    />
  );
}
