import { ArrowDown } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { ApiError } from '@/api/client';
import { SendRefusal } from '@/components/credits/SendRefusal';
import { Button } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { useFoundMessage } from '@/hooks/useFoundMessage';
import { asApiError, type MessageLoader } from '@/hooks/useMessageLoader';
import { useQuote } from '@/hooks/useQuote';
import { type RegenerateHandlers, useRegenerateHandlers } from '@/hooks/useRegenerateHandlers';
import { useScrollManager } from '@/hooks/useScrollManager';
import { useI18n } from '@/i18n';
import { deleteMessage } from '@/services/message';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Message, Model } from '@/types';
import { DeleteMessageModal } from './DeleteMessageModal';
import { LoadingSkeleton } from './LoadingSkeleton';
import { MessageList } from './MessageList';
import { MessageRow } from './MessageRow';
import { useSilenceAfter } from './ReadAloud';

const Explanation = lazy(() =>
  import('@/components/credits/Explanation').then((file) => ({ default: file.Explanation })),
);

interface MessageAreaProps {
  conversationId: string;
  loader: MessageLoader;
  models: Model[];
  onEdit: (message: Message, content: string) => Promise<boolean>;
  onContinue: (message: Message, content: string) => void;
}

/** The messages of a conversation; the only thing on the page that scrolls. */
export function MessageArea({ conversationId, loader, models, onEdit, onContinue }: MessageAreaProps) {
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const [toDelete, setToDelete] = useState<Message | null>(null);
  const [explained, setExplained] = useState<string | null>(null);
  const stream = useConversationRuntimeStore((state) => state.streams[conversationId]);
  const allowed = useTaskStore((state) => state.canStartTask(conversationId).allowed);
  const regeneration = useRegenerateHandlers({ conversationId });
  const { handleRegenerate, isRegenerating } = regeneration;
  const { path, versions } = loader.thread;
  const { hasMore, error, loadOlder } = loader;
  const scroll = useScrollManager({
    conversationId,
    lastId: path.at(-1)?.id,
    onNearTop: () => {
      if (hasMore && !error) void loadOlder();
    },
  });

  const found = useFoundMessage({
    conversationId,
    loaded: !loader.loading && path.length > 0,
    onMissing: (problem) => notify(problem ? errorText(asApiError(problem)) : t('search.gone'), true),
  });
  useSilenceAfter(conversationId);

  const modelOf = (message: Message): Model | undefined =>
    models.find((model) => model.id === message.model_id);
  const confirmDelete = async (): Promise<void> => {
    if (!toDelete) return;
    try {
      const gone = await deleteMessage(toDelete.id);
      useChatStore.getState().removeMessages(conversationId, [toDelete.id], gone.leaf_id);
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
    setToDelete(null);
  };

  return (
    <div className="relative min-h-0 flex-1">
      <MessageList
        conversationId={conversationId}
        messages={path}
        scroll={scroll}
        found={found}
        older={hasMore && <Older error={path.length > 0 ? error : null} onLoad={() => void loadOlder()} />}
        footer={
          <>
            {loader.loading && <LoadingSkeleton />}
            {error && path.length === 0 && (
              <div role="alert" className="flex flex-col items-center gap-3 py-10 text-small text-ink-2">
                {errorText(error)}
                <Button onClick={() => void loader.loadMessages()}>{t('common.retry')}</Button>
              </div>
            )}
            <RegenerateRefused
              handlers={regeneration}
              conversationId={conversationId}
              models={models}
              thread={path}
            />
          </>
        }
      >
        {(message, index) => (
          <MessageRow
            key={message.id}
            message={message}
            found={found?.id === message.id ? found : null}
            modelName={modelOf(message)?.name ?? message.model_id ?? ''}
            model={modelOf(message)}
            versions={versions[message.id]}
            isLast={index === path.length - 1}
            reconnecting={stream?.messageId === message.id && !stream.connected}
            busy={isRegenerating || stream !== undefined}
            canAsk={allowed}
            onContinue={() => onContinue(message, t('chat.continuePrompt'))}
            onRegenerate={() => void handleRegenerate(message.id, null)}
            onExplain={setExplained}
            onDelete={() => setToDelete(message)}
            onEdit={(content) => onEdit(message, content)}
            onShowVersion={(id) => useChatStore.getState().showVersion(conversationId, id)}
          />
        )}
      </MessageList>
      {!scroll.atEnd && (
        <button
          type="button"
          aria-label={t('chat.toNewest')}
          onClick={scroll.scrollToBottom}
          className="absolute bottom-3 left-1/2 grid size-9 -translate-x-1/2 animate-pop place-items-center rounded-full border border-line bg-raised shadow-2"
        >
          <ArrowDown size={18} strokeWidth={1.6} />
        </button>
      )}
      <DeleteMessageModal
        open={toDelete !== null}
        onClose={() => setToDelete(null)}
        onConfirm={() => void confirmDelete()}
      />
      {explained && (
        <Suspense>
          <Explanation transactionId={explained} onClose={() => setExplained(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** The way to earlier messages, for when they do not come by themselves. */
function Older({ error, onLoad }: { error: ApiError | null; onLoad: () => void }) {
  const { t, errorText } = useI18n();
  return (
    <div role={error ? 'alert' : undefined} className="flex items-center gap-2 text-small text-ink-2">
      {error && errorText(error)}
      <Button look="quiet" onClick={onLoad}>
        {t(error ? 'common.retry' : 'chat.loadOlder')}
      </Button>
    </div>
  );
}

interface RegenerateRefusedProps {
  handlers: RegenerateHandlers;
  conversationId: string;
  models: Model[];
  thread: Message[];
}

/** Why a question was not answered again, and the ways on. */
function RegenerateRefused({ handlers, conversationId, models, thread }: RegenerateRefusedProps) {
  const { refused, clearRefused, handleRegenerate } = handlers;
  const message = thread.find((each) => each.id === refused?.messageId);
  const modelId = refused ? (refused.modelId ?? message?.model_id ?? null) : null;
  const quote = useQuote({ modelId, conversationId, text: '' });
  if (!refused || !message) return null;
  return (
    <SendRefusal
      error={refused.error}
      models={models}
      modelId={modelId}
      quote={quote}
      onRetry={() => void handleRegenerate(refused.messageId, refused.modelId)}
      onModel={(id) => void handleRegenerate(refused.messageId, id)}
      onClose={clearRefused}
    />
  );
}
