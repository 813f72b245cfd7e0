import { useEffect, useSyncExternalStore } from 'react';
import { chosenLocale, showLanguage, useI18n } from '@/i18n';
import { useSettingsStore } from '@/stores/useSettingsStore';

const darkSystem = '(prefers-color-scheme: dark)';

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(darkSystem);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Return the theme that is shown now: the chosen one, else the system's. */
export function useShownTheme(): 'light' | 'dark' {
  const chosen = useSettingsStore((state) => state.theme);
  const systemIsDark = useSyncExternalStore(subscribe, () => window.matchMedia(darkSystem).matches);
  if (chosen !== 'system') return chosen;
  return systemIsDark ? 'dark' : 'light';
}

/** Keep the document's theme and language in step with the settings. */
export function useDocumentPreferences(): void {
  const theme = useShownTheme();
  const { locale } = useI18n();
  const wanted = useSettingsStore(chosenLocale);
  // Its sentences may be out of reach: the language shown stays then, and the next visit tries again.
  useEffect(() => void showLanguage(wanted).catch(() => undefined), [wanted]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    document.documentElement.lang = locale;
  }, [theme, locale]);
}
