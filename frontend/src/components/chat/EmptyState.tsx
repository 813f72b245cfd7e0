import { useI18n } from '@/i18n';

const STARTERS = ['empty.starter1', 'empty.starter2', 'empty.starter3', 'empty.starter4'] as const;

/** An empty page: one line, and four beginnings that fill the composer. */
export function EmptyState({ onPick }: { onPick: (text: string) => void }) {
  const { t } = useI18n();
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center overflow-y-auto px-7 py-6 max-[719px]:px-4">
      <h2 className="text-center font-serif text-display font-medium">{t('empty.line')}</h2>
      <ul className="mt-8 grid w-full max-w-[640px] grid-cols-2 gap-2.5 max-[719px]:grid-cols-1">
        {STARTERS.map((key) => (
          <li key={key}>
            <button
              type="button"
              onClick={() => onPick(t(key))}
              className="h-full w-full rounded-2 border border-line px-4 py-3 text-left text-small text-ink-2 transition-colors duration-120 hover:border-line-strong hover:bg-raised hover:text-ink"
            >
              {t(key)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
