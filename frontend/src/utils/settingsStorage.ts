import { LOCALES, type Locale } from '@/i18n/locales';
import type { Mode, OptionValue, OptionValues } from '@/types';

const KEY = 'latent.settings';
/** How many models' options are kept, and how many of each. */
const MODELS_MAX = 40;
const OPTIONS_MAX = 40;
const OPTION_CHARS_MAX = 2000;

export type Theme = 'system' | 'light' | 'dark';

export interface UserAdvancedSettings {
  theme: Theme;
  language: Locale | 'system';
  /** What is made: an answer, a picture or a clip; and the model chosen last for each. */
  mode: Mode;
  chatModel: string | null;
  imageModel: string | null;
  videoModel: string | null;
  /** What was set for each model, where it differs from the model's own choice. */
  modelOptions: Record<string, OptionValues>;
  sidebarOpen: boolean;
  taskTrayOpen: boolean;
}

const DEFAULTS: UserAdvancedSettings = {
  theme: 'system',
  language: 'system',
  mode: 'chat',
  chatModel: null,
  imageModel: null,
  videoModel: null,
  modelOptions: {},
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
    mode: saved.mode === 'image' || saved.mode === 'video' ? saved.mode : DEFAULTS.mode,
    chatModel: readName(saved.chatModel),
    imageModel: readName(saved.imageModel),
    videoModel: readName(saved.videoModel),
    modelOptions: readModelOptions(saved.modelOptions),
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

function readName(saved: unknown): string | null {
  return typeof saved === 'string' ? saved : null;
}

/** Take of saved options what can be one; whether a model still has them is seen when they are used. */
function readModelOptions(saved: unknown): Record<string, OptionValues> {
  const models = Object.entries(asObject(saved)).slice(-MODELS_MAX);
  return Object.fromEntries(models.map(([id, options]) => [id, readOptions(options)]));
}

function readOptions(saved: unknown): OptionValues {
  const options = Object.entries(asObject(saved)).slice(0, OPTIONS_MAX);
  return Object.fromEntries(
    options.filter((entry): entry is [string, OptionValue] => isOptionValue(entry[1])),
  );
}

function isOptionValue(value: unknown): value is OptionValue {
  if (typeof value === 'string') return value.length <= OPTION_CHARS_MAX;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function asObject(value: unknown): object {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
