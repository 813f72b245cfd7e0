import { RadioGroup } from 'radix-ui';
import { useId } from 'react';
import { Button } from '@/components/ui/Button';
import { LOCALES, useI18n } from '@/i18n';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Theme } from '@/utils/settingsStorage';

const LANGUAGE_NAMES = { 'zh-CN': '简体中文', en: 'English' } as const;

/** Language and appearance, on this browser. */
export function GeneralSettings() {
  const { t } = useI18n();
  const { language, theme, change, reset } = useSettingsStore();
  const themes: { value: Theme; name: string }[] = [
    { value: 'system', name: t('common.system') },
    { value: 'light', name: t('settings.light') },
    { value: 'dark', name: t('settings.dark') },
  ];
  const languages = [
    { value: 'system' as const, name: t('common.system') },
    ...LOCALES.map((locale) => ({ value: locale, name: LANGUAGE_NAMES[locale] })),
  ];
  return (
    <div className="flex flex-col gap-6">
      <Choice
        label={t('settings.language')}
        value={language}
        options={languages}
        onChange={(next) => change({ language: next })}
      />
      <Choice
        label={t('settings.theme')}
        value={theme}
        options={themes}
        onChange={(next) => change({ theme: next })}
      />
      <Button className="self-start" onClick={reset}>
        {t('settings.reset')}
      </Button>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; name: string }[];
  onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div>
      <p id={id} className="mb-2 text-small font-medium">
        {label}
      </p>
      <RadioGroup.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => onChange(next as T)}
        className="flex flex-wrap gap-1.5"
      >
        {options.map((option) => (
          <RadioGroup.Item
            key={option.value}
            value={option.value}
            className="h-9 rounded-2 border border-line px-3.5 text-small text-ink-2 hover:border-line-strong data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:text-ink max-[719px]:h-11"
          >
            {option.name}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}
