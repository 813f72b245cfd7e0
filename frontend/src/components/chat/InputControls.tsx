import { ArrowUp, MessageCircle, Square } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useLayoutEffect } from 'react';
import { useI18n } from '@/i18n';
import type { Model, Quote } from '@/types';
import { formatCredits } from '@/utils/credits';
import { ModelSelector } from './ModelSelector';

const IME_KEY_CODE = 229;

interface InputControlsProps {
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
  models: Model[];
  selectedModel: Model | null;
  isProcessing: boolean;
  /** What sending would hold; null while it is not known. */
  quote: Quote | null;
  /** Whether one more answer may begin. */
  allowed: boolean;
  onChange: (text: string) => void;
  onSelectModel: (id: string) => void;
  onSend: () => void;
  onStop: () => void;
}

/** The raised box of the composer: mode, text, model, send or stop. */
export function InputControls(props: InputControlsProps) {
  const { t } = useI18n();
  const { text, field, isProcessing, onChange, onSend } = props;
  useGrowingField(field, text);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // While an input method composes, Enter chooses a word; some browsers say so only by the key code.
    if (event.nativeEvent.isComposing || event.keyCode === IME_KEY_CODE) return;
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    onSend();
  };

  return (
    <form
      className="rounded-4 border border-line bg-raised shadow-2 focus-within:border-line-strong"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      <div className="flex gap-0.5 px-2.5 pt-2">
        <span className="flex h-8 items-center gap-1.5 rounded-2 bg-selected px-3 text-small font-semibold">
          <MessageCircle size={18} strokeWidth={1.6} />
          {t('input.chat')}
        </span>
      </div>
      <textarea
        ref={field}
        id="message-field"
        aria-label={t('input.label')}
        placeholder={t('input.placeholder')}
        rows={1}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        className="block max-h-[40dvh] w-full resize-none bg-transparent px-[18px] pt-2.5 pb-1.5 text-[15.5px] leading-relaxed placeholder:text-ink-3 max-[719px]:text-[16px]"
      />
      <div className="flex items-center gap-1.5 px-2.5 pb-2.5">
        <ModelSelector models={props.models} selected={props.selectedModel} onSelect={props.onSelectModel} />
        <span className="flex-1" />
        <span className="text-caption whitespace-nowrap text-ink-3 max-[1179px]:hidden">
          {t('input.hint')}
        </span>
        {props.quote && <Hold quote={props.quote} />}
        {isProcessing ? (
          <button
            type="button"
            aria-label={t('input.stop')}
            title={t('input.stop')}
            onClick={props.onStop}
            className={SEND}
          >
            <Square size={14} fill="currentColor" />
          </button>
        ) : (
          <button
            type="submit"
            aria-label={t('input.send')}
            title={t('input.send')}
            disabled={!text.trim() || !props.selectedModel || !props.allowed}
            className={SEND}
          >
            <ArrowUp size={18} strokeWidth={2} />
          </button>
        )}
      </div>
    </form>
  );
}

const SEND =
  'ml-1.5 grid h-9 w-10 place-items-center rounded-[12px] bg-accent text-accent-ink transition-opacity duration-120 disabled:opacity-40 max-[719px]:h-11 max-[719px]:w-12';

/** What sending would hold, before it is sent. */
function Hold({ quote }: { quote: Quote }) {
  const { t, locale } = useI18n();
  const { amount_mc } = quote.maximum;
  const amount = formatCredits(amount_mc, locale);
  const tone = quote.affordable && !quote.limited ? 'text-ink-2' : 'text-warn';
  return (
    <span
      title={amount_mc > 0 ? t('input.holdsHint', { amount }) : undefined}
      className={`num ml-2 text-[12.5px] whitespace-nowrap ${tone}`}
    >
      {amount_mc > 0 ? t('input.holds', { amount }) : t('input.free')}
    </span>
  );
}

/** Let the field grow with its text; its style bounds it at 40 % of the height. */
function useGrowingField(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs whenever the text changes
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
