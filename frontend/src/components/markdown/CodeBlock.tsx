import { Check, Copy } from 'lucide-react';
import { useCopy } from '@/hooks/useCopy';
import { useI18n } from '@/i18n';

/** A piece of code, with its language and a way to copy it. */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  const { t } = useI18n();
  const { copied, copy } = useCopy();
  const name = language.split(/\s/)[0] || t('chat.code');
  return (
    <figure className="overflow-hidden rounded-2 bg-sunken">
      <figcaption className="flex h-9 items-center justify-between pr-1.5 pl-3.5 text-caption text-ink-2">
        <span className="num">{name}</span>
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
        <code>{code}</code>
      </pre>
    </figure>
  );
}
