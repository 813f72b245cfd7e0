import type { ReactNode } from 'react';
import { useI18n } from '@/i18n';
import { formatCredits } from '@/utils/credits';

interface Figure {
  label: string;
  mc: number;
  tone?: string;
}

/** A few amounts side by side, each under its name. */
export function Figures({ figures, children }: { figures: Figure[]; children?: ReactNode }) {
  const { locale } = useI18n();
  return (
    <dl className="flex flex-wrap items-end gap-x-8 gap-y-3">
      {figures.map(({ label, mc, tone = '' }) => (
        <div key={label}>
          <dt className="text-caption text-ink-2">{label}</dt>
          <dd className={`num text-[19px] leading-snug font-medium tracking-[-0.03em] ${tone}`}>
            {formatCredits(mc, locale)}
          </dd>
        </div>
      ))}
      {children}
    </dl>
  );
}
