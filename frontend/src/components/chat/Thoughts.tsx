import { useI18n } from '@/i18n';

/** What the model thought before it answered; open while there is nothing else to read. */
export function Thoughts({ text, open }: { text: string; open: boolean }) {
  const { t } = useI18n();
  return (
    <details open={open} className="mb-3 text-small text-ink-2">
      <summary className="w-fit rounded-1 py-0.5 hover:text-ink">{t('chat.thoughts')}</summary>
      <p className="mt-1.5 border-l-2 border-line pl-3.5 whitespace-pre-wrap">{text}</p>
    </details>
  );
}
