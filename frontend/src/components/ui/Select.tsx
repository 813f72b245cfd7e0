import { useId } from 'react';
import { type MessageKey, useI18n } from '@/i18n';

interface SelectProps<T extends string> {
  label: string;
  /** The name of "no choice". */
  all: string;
  options: Record<T, MessageKey>;
  value: T | undefined;
  onChange: (value: T | undefined) => void;
}

/** A choice among a few, or none; the browser's own control. */
export function Select<T extends string>({ label, all, options, value, onChange }: SelectProps<T>) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-0.5 block text-caption text-ink-2">
        {label}
      </label>
      <select
        id={id}
        value={value ?? ''}
        onChange={(event) => onChange((event.target.value || undefined) as T | undefined)}
        className="h-9 min-w-28 rounded-2 border border-line-strong bg-raised px-2.5 text-small max-[719px]:h-11 max-[719px]:text-[16px]"
      >
        <option value="">{all}</option>
        {(Object.entries(options) as [T, MessageKey][]).map(([option, name]) => (
          <option key={option} value={option}>
            {t(name)}
          </option>
        ))}
      </select>
    </div>
  );
}
