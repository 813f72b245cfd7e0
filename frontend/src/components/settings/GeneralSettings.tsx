import { Button } from '@/components/ui/Button';
import { Segments } from '@/components/ui/Segments';
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
      <Segments
        label={t('settings.language')}
        value={language}
        options={languages}
        onChange={(next) => change({ language: next })}
      />
      <Segments
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
