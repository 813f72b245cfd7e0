import { useMemo } from 'react';
import { create } from 'zustand';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { ErrorInfo } from '@/types';
import { LOCALES, type Locale } from './locales';
import type { Messages } from './zh-CN';

export { LOCALES, type Locale };

type Keys<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Keys<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** Every sentence of the interface, by place and role. */
export type MessageKey = Keys<Messages>;
export type Params = Record<string, string | number>;

type Table = ReadonlyMap<string, string>;

const NOTHING: Table = new Map();
const LOADERS: Record<Locale, () => Promise<object>> = {
  'zh-CN': () => import('./zh-CN').then((file) => file.zhCN),
  en: () => import('./en').then((file) => file.en),
};

interface ShownLanguage {
  locale: Locale;
  table: Table;
}

const useShownLanguage = create<ShownLanguage>()(() => ({ locale: 'en', table: NOTHING }));
const loaded = new Map<Locale, Table>();
let wanted: Locale | null = null;

/**
 * Show a language: its sentences are loaded when they are wanted first, and what was shown stays until then. Throws
 * when they cannot be loaded.
 */
export async function showLanguage(locale: Locale): Promise<void> {
  wanted = locale;
  const table = loaded.get(locale) ?? flatten(await LOADERS[locale]());
  loaded.set(locale, table);
  // Another one may have been chosen meanwhile.
  if (wanted === locale) useShownLanguage.setState({ locale, table });
}

function flatten(tree: object, prefix = '', table = new Map<string, string>()): Table {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') table.set(prefix + key, value);
    else flatten(value as object, `${prefix}${key}.`, table);
  }
  return table;
}

function translate(table: Table, key: MessageKey, params: Params = {}): string {
  const sentence = table.get(key) ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
}

/** Return what an error means; a code that we have no sentence for is named. */
function translateError(table: Table, error: Pick<ErrorInfo, 'code'>): string {
  const key = `errors.${error.code}`;
  if (table.has(key)) return translate(table, key as MessageKey);
  return translate(table, 'errors.unknown', { code: error.code });
}

/** Return the language to show: the chosen one, else the browser's, else English. */
function resolveLocale(chosen: Locale | 'system', languages: readonly string[]): Locale {
  if (chosen !== 'system') return chosen;
  const first = languages.find((language) => /^(zh|en)/i.test(language)) ?? 'en';
  return first.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

export interface Translator {
  locale: Locale;
  t: (key: MessageKey, params?: Params) => string;
  errorText: (error: Pick<ErrorInfo, 'code'>) => string;
}

/** Return the language that the settings ask for. */
export function chosenLocale(): Locale {
  return resolveLocale(useSettingsStore.getState().language, navigator.languages);
}

/** Translate in the language that is shown now. */
export function useI18n(): Translator {
  const { locale, table } = useShownLanguage();
  return useMemo(
    () => ({
      locale,
      t: (key, params) => translate(table, key, params),
      errorText: (error) => translateError(table, error),
    }),
    [locale, table],
  );
}
