import { LOCALES, type Locale } from '@/i18n/locales';

const KEY = 'latent.settings';

export type Theme = 'system' | 'light' | 'dark';

export interface UserAdvancedSettings {
  theme: Theme;
  language: Locale | 'system';
  chatModel: string | null;
  sidebarOpen: boolean;
  taskTrayOpen: boolean;
}

const DEFAULTS: UserAdvancedSettings = {
  theme: 'system',
  language: 'system',
  chatModel: null,
  sidebarOpen: true,
  taskTrayOpen: true,
};

/** Return the saved settings; what is missing, broken or from another version falls back to its default. */
export function getSavedSettings(): UserAdvancedSettings {
  let saved: Partial<Record<keyof UserAdvancedSettings, unknown>>;
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    saved = parsed !== null && typeof parsed === 'object' ? parsed : {};
  } catch {
    return { ...DEFAULTS };
  }
  return {
    theme: saved.theme === 'light' || saved.theme === 'dark' ? saved.theme : DEFAULTS.theme,
    language: LOCALES.find((locale) => locale === saved.language) ?? DEFAULTS.language,
    chatModel: typeof saved.chatModel === 'string' ? saved.chatModel : DEFAULTS.chatModel,
    sidebarOpen: typeof saved.sidebarOpen === 'boolean' ? saved.sidebarOpen : DEFAULTS.sidebarOpen,
    taskTrayOpen: typeof saved.taskTrayOpen === 'boolean' ? saved.taskTrayOpen : DEFAULTS.taskTrayOpen,
  };
}

/** Save the settings; a browser that stores nothing keeps them for this visit only. */
export function saveSettings(settings: UserAdvancedSettings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Private windows and full stores refuse: the settings then live as long as the page.
  }
}

/** Forget the saved settings and return the defaults. */
export function resetSettings(): UserAdvancedSettings {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was stored, so there is nothing to remove.
  }
  return { ...DEFAULTS };
}
