import { useI18n } from '@/i18n';
import type { WorkFilter } from '@/services/assets';
import type { Model } from '@/types';

const KINDS = [
  { value: null, name: 'gallery.all' },
  { value: 'image', name: 'gallery.pictures' },
  { value: 'video', name: 'gallery.clips' },
] as const;

interface GalleryFiltersProps {
  filter: WorkFilter;
  models: Model[];
  onFilter: (filter: WorkFilter) => void;
}

/** Which works are shown: of one kind, of one model. */
export function GalleryFilters({ filter, models, onFilter }: GalleryFiltersProps) {
  const { t } = useI18n();
  const makers = models.filter(({ mode }) => (filter.kind ? mode === filter.kind : mode !== 'chat'));
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <fieldset aria-label={t('gallery.kind')} className="flex min-w-0 gap-0.5">
        {KINDS.map(({ value, name }) => (
          <label
            key={name}
            className="relative flex h-9 items-center rounded-2 px-3 text-small whitespace-nowrap text-ink-2 transition-colors duration-120 hover:text-ink has-checked:bg-selected has-checked:font-semibold has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus max-[719px]:h-11"
          >
            <input
              type="radio"
              name="kind"
              checked={filter.kind === value}
              onChange={() => onFilter({ kind: value, modelId: null })}
              className="absolute inset-0 cursor-pointer appearance-none outline-none"
            />
            {t(name)}
          </label>
        ))}
      </fieldset>
      <select
        aria-label={t('gallery.model')}
        value={filter.modelId ?? ''}
        onChange={(event) => onFilter({ ...filter, modelId: event.target.value || null })}
        className="h-9 max-w-48 min-w-28 rounded-2 border border-line-strong bg-raised px-2.5 text-small max-[719px]:h-11 max-[719px]:text-[16px]"
      >
        <option value="">{t('gallery.allModels')}</option>
        {makers.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
