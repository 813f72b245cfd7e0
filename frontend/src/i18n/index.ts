import { useMemo } from 'react';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { ErrorInfo } from '@/types';
import { en } from './en';
import { LOCALES, type Locale } from './locales';
import { type Messages, zhCN } from './zh-CN';

export { LOCALES, type Locale };

type Keys<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Keys<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** Every sentence of the interface, by place and role. */
export type MessageKey = Keys<Messages>;
export type Params = Record<string, string | number>;

const TABLES: Record<Locale, Map<string, string>> = { 'zh-CN': flatten(zhCN), en: flatten(en) };

function flatten(tree: object, prefix = '', table = new Map<string, string>()): Map<string, string> {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') table.set(prefix + key, value);
    else flatten(value as object, `${prefix}${key}.`, table);
  }
  return table;
}

/** Return a sentence in a language, its `{parameters}` filled in. */
export function translate(locale: Locale, key: MessageKey, params: Params = {}): string {
  const sentence = TABLES[locale].get(key) ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
}

/** Return what an error means, in a language; a code that we have no sentence for is named. */
export function translateError(locale: Locale, error: Pick<ErrorInfo, 'code'>): string {
  const key = `errors.${error.code}`;
  if (TABLES[locale].has(key)) return translate(locale, key as MessageKey);
  return translate(locale, 'errors.unknown', { code: error.code });
}

/** Return the language to show: the chosen one, else the browser's, else English. */
export function resolveLocale(chosen: Locale | 'system', languages: readonly string[]): Locale {
  if (chosen !== 'system') return chosen;
  const first = languages.find((language) => /^(zh|en)/i.test(language)) ?? 'en';
  return first.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

export interface Translator {
  locale: Locale;
  t: (key: MessageKey, params?: Params) => string;
  errorText: (error: Pick<ErrorInfo, 'code'>) => string;
}

/** Translate in the language that is shown now. */
export function useI18n(): Translator {
  const locale = useSettingsStore((state) => resolveLocale(state.language, navigator.languages));
  return useMemo(
    () => ({
      locale,
      t: (key, params) => translate(locale, key, params),
      errorText: (error) => translateError(locale, error),
    }),
    [locale],
  );
}
