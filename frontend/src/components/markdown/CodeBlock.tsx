import { Check, Copy } from 'lucide-react';
import { memo, useRef } from 'react';
import { useCodeTones } from '@/hooks/useCodeTones';
import { useCopy } from '@/hooks/useCopy';
import { useI18n } from '@/i18n';
import { CodeLines } from './CodeLines';

interface CodeBlockProps {
  code: string;
  language: string;
  /** Whether no more lines come: then it gets its colours. */
  closed: boolean;
}

/** Code with its language and a way to copy it. */
export const CodeBlock = memo(function CodeBlock({ code, language, closed }: CodeBlockProps) {
  const { t } = useI18n();
  const { copied, copy } = useCopy();
  const element = useRef<HTMLElement>(null);
  const name = language.split(/\s/)[0] ?? '';
  const tones = useCodeTones(element, code, closed ? name : '');
  return (
    <figure ref={element} className="overflow-hidden rounded-2 bg-sunken">
      <figcaption className="flex h-9 items-center justify-between pr-1.5 pl-3.5 text-caption text-ink-2">
        <span className="num">{name || t('chat.code')}</span>
        <button
          type="button"
          onClick={() => copy(code)}
          className="flex h-7 items-center gap-1.5 rounded-1 px-2 hover:bg-selected hover:text-ink"
        >
          {copied ? <Check size={15} strokeWidth={1.6} /> : <Copy size={15} strokeWidth={1.6} />}
          {copied ? t('common.copied') : t('common.copy')}
        </button>
      </figcaption>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long code is scrolled with the keyboard as well
        tabIndex={0}
        className="max-h-100 overflow-auto px-3.5 pb-3.5 font-mono text-[13px] leading-relaxed"
      >
        <code>
          <CodeLines code={code} tones={tones} />
        </code>
      </pre>
    </figure>
  );
});
