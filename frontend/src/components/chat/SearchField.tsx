import { Search, X } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useRef } from 'react';
import { useI18n } from '@/i18n';
import { QUERY_CHARS_MAX } from '@/services/search';

interface SearchFieldProps {
  query: string;
  onChange: (query: string) => void;
  field: RefObject<HTMLInputElement | null>;
}

/** Where one types what is looked for; Escape empties it. */
export function SearchField({ query, onChange, field }: SearchFieldProps) {
  const { t } = useI18n();
  const clear = (): void => {
    onChange('');
    field.current?.focus();
  };
  return (
    <search className="flex h-9 min-w-0 flex-1 items-center gap-2 rounded-2 pl-3 text-small text-ink-2 has-[input:focus-visible]:outline-2 has-[input:focus-visible]:-outline-offset-2 has-[input:focus-visible]:outline-focus max-[719px]:h-11">
      <Search size={15} strokeWidth={1.6} aria-hidden="true" className="shrink-0" />
      <input
        ref={field}
        type="search"
        value={query}
        maxLength={QUERY_CHARS_MAX}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !query || event.nativeEvent.isComposing) return;
          event.stopPropagation();
          clear();
        }}
        aria-label={t('search.field')}
        placeholder={t('search.hint')}
        className="h-full min-w-0 flex-1 rounded-1 bg-transparent text-ink outline-none placeholder:text-ink-2 max-[719px]:text-[16px] [&::-webkit-search-cancel-button]:hidden"
      />
      {query && (
        <button
          type="button"
          aria-label={t('search.clear')}
          onClick={clear}
          className="grid size-7 shrink-0 place-items-center rounded-[7px] hover:bg-selected max-[719px]:size-10"
        >
          <X size={15} strokeWidth={1.6} />
        </button>
      )}
    </search>
  );
}

/** Let the arrows lead from the field through the hits and back; Escape leads back at once. */
export function useHitKeys() {
  const field = useRef<HTMLInputElement>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const places = [field.current, ...event.currentTarget.querySelectorAll<HTMLElement>('[data-hit]')];
    const place = places.indexOf(event.target as HTMLInputElement);
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: -place }[event.key];
    if (place < 0 || !step) return;
    event.preventDefault();
    event.stopPropagation();
    places[Math.max(0, place + step)]?.focus();
  };
  return { field, onKeyDown };
}
