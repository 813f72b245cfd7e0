import { Check, ChevronDown } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { usePriceText } from '@/hooks/usePriceText';
import { type MessageKey, useI18n } from '@/i18n';
import type { Mode, Model } from '@/types';
import { type ConflictReason, checkModelConflict } from '@/utils/modelConflict';
import { CONFLICTS } from './ConflictAlert';

const SEARCH_FROM = 9;

interface ModelSelectorProps {
  models: Model[];
  mode: Mode;
  selected: Model | null;
  hasImage: boolean;
  hasVideo: boolean;
  onSelect: (id: string) => void;
}

const GROUPS: Record<Mode, MessageKey> = {
  chat: 'input.chatModels',
  image: 'input.imageModels',
  video: 'input.videoModels',
};

/** Choose the model of a mode; those that cannot, or not with what is attached, are listed with the reason. */
export function ModelSelector({
  mode,
  selected,
  hasImage,
  hasVideo,
  onSelect,
  ...props
}: ModelSelectorProps) {
  const { t } = useI18n();
  const models = props.models.filter((model) => model.mode === mode);
  const [query, setQuery] = useState('');
  const wanted = query.trim().toLowerCase();
  const shown = models.filter((model) => `${model.name} ${model.id}`.toLowerCase().includes(wanted));
  return (
    <DropdownMenu.Root modal={false} onOpenChange={() => setQuery('')}>
      <DropdownMenu.Trigger
        disabled={models.length === 0}
        className="flex h-[34px] min-w-0 items-center gap-1.5 rounded-2 px-2.5 text-small font-medium hover:bg-selected data-[state=open]:bg-selected max-[719px]:h-11"
      >
        <span className="sr-only">{t('input.chooseModel')}</span>
        <span className="truncate">{selected?.name ?? t('input.noModels')}</span>
        {selected?.demo && (
          <span className="max-[719px]:hidden">
            <DemoMark />
          </span>
        )}
        <ChevronDown size={15} strokeWidth={1.6} className="shrink-0 text-ink-3" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          className="z-30 max-h-[min(60dvh,480px)] w-[370px] max-w-[calc(100vw-16px)] animate-pop overflow-y-auto rounded-3 border border-line bg-raised p-1.5 shadow-2"
        >
          {models.length >= SEARCH_FROM && (
            <input
              aria-label={t('input.searchModels')}
              placeholder={t('input.searchModels')}
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              onKeyDown={(event) => event.key.length === 1 && event.stopPropagation()}
              className="mb-1 h-9 w-full rounded-2 bg-sunken px-3 text-small"
            />
          )}
          <DropdownMenu.Label className="flex justify-between gap-3 px-2.5 pt-1.5 pb-1 text-caption text-ink-3">
            {t(GROUPS[mode])}
            {mode === 'chat' && <span>{t('prices.inOut')}</span>}
          </DropdownMenu.Label>
          {shown.length === 0 && <p className="px-2.5 py-2 text-small text-ink-2">{t('input.noHits')}</p>}
          {shown.map((model) => (
            <ModelRow
              key={model.id}
              model={model}
              conflict={checkModelConflict(model, hasImage, hasVideo)}
              isSelected={model.id === selected?.id}
              onSelect={onSelect}
            />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ModelRowProps {
  model: Model;
  /** What is attached that it does not take. */
  conflict: ConflictReason | null;
  isSelected: boolean;
  onSelect: (id: string) => void;
}

function ModelRow({ model, conflict, isSelected, onSelect }: ModelRowProps) {
  const { t, locale } = useI18n();
  const say = usePriceText();
  const price = model.price && say(model.price);
  const reason = model.unavailable_reason === 'no_price' ? t('prices.noPrice') : t('prices.notNow');
  const strength = !model.available ? reason : conflict ? t(CONFLICTS[conflict]) : model.description[locale];
  return (
    <DropdownMenu.Item
      disabled={!model.available || conflict !== null}
      textValue={model.name}
      onSelect={() => onSelect(model.id)}
      className="flex items-center gap-2.5 rounded-[9px] px-2.5 py-2 outline-none data-disabled:text-ink-3 data-highlighted:bg-selected"
    >
      <span
        aria-hidden="true"
        className="grid size-[30px] shrink-0 place-items-center rounded-[9px] bg-sunken font-serif text-[13px] font-semibold"
      >
        {model.name.slice(0, 1).toUpperCase()}
      </span>
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-2 text-[14px] leading-snug">
          <span className="truncate">{model.name}</span>
          {model.demo && <DemoMark />}
        </span>
        {strength && <span className="block truncate text-[12.5px] text-ink-2">{strength}</span>}
      </span>
      {price && (
        <span className="num shrink-0 text-[12.5px] text-ink-2">
          <span aria-hidden="true">{price.shown}</span>
          <span className="sr-only">{price.spoken}</span>
        </span>
      )}
      <Check
        size={16}
        strokeWidth={1.8}
        aria-hidden="true"
        className={`shrink-0 text-accent ${isSelected ? '' : 'invisible'}`}
      />
    </DropdownMenu.Item>
  );
}

/** Says that a model's answers are made up on this machine. */
function DemoMark() {
  const { t } = useI18n();
  return (
    <span className="shrink-0 rounded-full bg-sunken px-2 text-[11px] leading-[18px] font-normal text-ink-2">
      {t('common.demo')}
    </span>
  );
}
