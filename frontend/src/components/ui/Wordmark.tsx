import { useI18n } from '@/i18n';

/** The mark and the name. */
export function Wordmark() {
  const { t } = useI18n();
  return (
    <div className="flex items-center gap-2.5 font-serif text-[17px] leading-none font-semibold">
      <svg viewBox="0 0 24 24" className="size-6" aria-hidden="true">
        <rect x="1.5" y="1.5" width="21" height="21" rx="6" fill="var(--ink)" />
        <circle cx="12" cy="12" r="6" fill="none" stroke="var(--bg)" strokeWidth="1.6" />
        <path
          d="M12 6a6 6 0 0 1 5.2 9"
          fill="none"
          stroke="var(--accent)"
          strokeWidth="2.2"
          strokeLinecap="round"
        />
      </svg>
      <span>{t('app.name')}</span>
    </div>
  );
}
