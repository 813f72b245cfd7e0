import { type RefObject, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { ApiError } from '@/api/client';
import { useI18n } from '@/i18n';
import type { Model } from '@/types';
import { readDraft, writeDraft } from '@/utils/draftStorage';
import { InputControls } from './InputControls';
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
  onSend: (content: string) => Promise<boolean>;
  onStop: () => void;
  handle: RefObject<InputHandle | null>;
}

/** The composer: the text, which survives a reload, and what belongs to sending it. */
export function InputArea(props: InputAreaProps) {
  const { conversationId, error, onSend, handle } = props;
  const { errorText } = useI18n();
  const [text, setText] = useState(() => readDraft(conversationId));
  const field = useRef<HTMLTextAreaElement>(null);

  const change = (next: string): void => {
    setText(next);
    writeDraft(conversationId, next);
  };
  const fill = (next: string): void => {
    change(next);
    field.current?.focus();
  };
  useImperativeHandle(handle, () => ({ fill }));
  useEffect(() => setText(readDraft(conversationId)), [conversationId]);

  const send = async (): Promise<void> => {
    const content = text.trim();
    if (!content || props.isProcessing || !props.selectedModel) return;
    change('');
    // What was not taken comes back, unless something new stands there by now.
    if (await onSend(content)) return;
    setText((now) => now || content);
    if (!readDraft(conversationId)) writeDraft(conversationId, content);
  };

  return (
    <div className="shrink-0 px-7 pb-4 max-[719px]:px-2 max-[719px]:pb-[max(8px,env(safe-area-inset-bottom))]">
      <div className="mx-auto max-w-[784px]">
        {conversationId && <StaleNotice conversationId={conversationId} onSettled={() => change('')} />}
        {error && error.code !== 'stale_parent' && (
          <p role="alert" className="mb-2 px-4 text-small text-danger">
            {errorText(error)}
          </p>
        )}
        <InputControls {...props} text={text} field={field} onChange={change} onSend={() => void send()} />
      </div>
    </div>
  );
}
