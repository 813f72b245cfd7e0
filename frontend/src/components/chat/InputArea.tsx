import { type RefObject, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { ApiError } from '@/api/client';
import { SendRefusal } from '@/components/credits/SendRefusal';
import { TooManyTasks } from '@/components/credits/TooManyTasks';
import type { MessageHandlers } from '@/hooks/useMessageHandlers';
import { useQuote } from '@/hooks/useQuote';
import { useTaskLimits } from '@/hooks/useTaskLimits';
import type { Model } from '@/types';
import { readDraft, writeDraft } from '@/utils/draftStorage';
import { InputControls } from './InputControls';
import { InputNote } from './InputNote';
import { StaleNotice } from './StaleNotice';

export interface InputHandle {
  fill: (text: string) => void;
}

interface InputAreaProps {
  conversationId: string | null;
  models: Model[];
  selectedModel: Model | null;
  onSelectModel: (id: string) => void;
  isProcessing: boolean;
  error: ApiError | null;
  onCloseError: () => void;
  onSend: MessageHandlers['handleSendMessage'];
  onStop: () => void;
  handle: RefObject<InputHandle | null>;
}

/** The composer: the text, which survives a reload, what sending it holds, and why it was refused. */
export function InputArea(props: InputAreaProps) {
  const { conversationId, models, selectedModel, error, onSend, handle } = props;
  const { text, change, takeBack } = useDraft(conversationId);
  const field = useRef<HTMLTextAreaElement>(null);
  const modelId = selectedModel?.id ?? null;
  const quote = useQuote({ modelId, conversationId, text });
  const { allowed, reason } = useTaskLimits(conversationId);

  const fill = (next: string): void => {
    change(next);
    field.current?.focus();
  };
  useImperativeHandle(handle, () => ({ fill }));

  const send = async (withModelId: string | null): Promise<void> => {
    const content = text.trim();
    if (!content || !withModelId || props.isProcessing || !allowed) return;
    change('');
    if (!(await onSend(content, withModelId))) takeBack(content);
  };

  return (
    <div className="shrink-0 px-7 pb-3 max-[719px]:px-2 max-[719px]:pb-[max(8px,env(safe-area-inset-bottom))]">
      <div className="mx-auto max-w-[784px]">
        {conversationId && (
          <StaleNotice conversationId={conversationId} onSend={onSend} onSettled={() => change('')} />
        )}
        {reason && <TooManyTasks conversationId={conversationId} scope={reason} />}
        {error && (
          <SendRefusal
            error={error}
            models={models}
            modelId={modelId}
            quote={quote}
            onRetry={text.trim() ? () => void send(modelId) : undefined}
            onModel={(id) => {
              props.onSelectModel(id);
              void send(id);
            }}
            onClose={props.onCloseError}
          />
        )}
        <InputControls
          {...props}
          text={text}
          field={field}
          quote={quote}
          allowed={allowed}
          onChange={change}
          onSend={() => void send(modelId)}
        />
        <InputNote quote={quote} />
      </div>
    </div>
  );
}

/** The text of a conversation that is not sent yet. */
function useDraft(conversationId: string | null) {
  const [text, setText] = useState(() => readDraft(conversationId));
  const shownId = useRef(conversationId);
  useEffect(() => {
    shownId.current = conversationId;
    setText(readDraft(conversationId));
  }, [conversationId]);

  const change = (next: string): void => {
    setText(next);
    writeDraft(conversationId, next);
  };
  /** What was not taken comes back, unless something new stands there by now; a first message has its place by then. */
  const takeBack = (content: string): void => {
    setText((now) => now || content);
    if (!readDraft(shownId.current)) writeDraft(shownId.current, content);
  };
  return { text, change, takeBack };
}
