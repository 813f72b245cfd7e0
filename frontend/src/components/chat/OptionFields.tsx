import { RadioGroup, Switch } from 'radix-ui';
import { useId } from 'react';
import { useOptionWords } from '@/hooks/useOptionWords';
import { useI18n } from '@/i18n';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { MediaCapabilities, MediaOption, OptionValue, OptionValues } from '@/types';
import { parseRatio } from '@/utils/mediaOptions';

const TILE_PX = 20;

interface OptionFieldsProps {
  modelId: string;
  media: MediaCapabilities;
  values: OptionValues;
  hasPictures: boolean;
}

/** A field for each option that the model declares; what is set is kept for the model. */
export function OptionFields({ modelId, media, values, hasPictures }: OptionFieldsProps) {
  const { t } = useI18n();
  const saved = useSettingsStore((state) => state.modelOptions);
  const change = useSettingsStore((state) => state.change);
  const keep = (options: OptionValues): void => change({ modelOptions: { ...saved, [modelId]: options } });
  return (
    <>
      <div className="mb-2.5 flex h-8 items-center justify-between">
        <h2 className="text-title font-semibold">{t('options.title')}</h2>
        <button
          type="button"
          onClick={() => keep({})}
          className="rounded-1 px-1.5 text-small text-accent hover:underline"
        >
          {t('settings.reset')}
        </button>
      </div>
      <div className="flex flex-col gap-4">
        {media.options.map((option) => (
          <OptionField
            key={option.name}
            option={option}
            value={values[option.name]}
            isIgnored={option.ignored_with_frames && hasPictures}
            onChange={(value) => keep({ ...saved[modelId], [option.name]: value })}
          />
        ))}
      </div>
    </>
  );
}

interface OptionFieldProps {
  option: MediaOption;
  value: OptionValue | undefined;
  /** The frames decide it. */
  isIgnored: boolean;
  onChange: (value: OptionValue) => void;
}

function OptionField(props: OptionFieldProps) {
  const { t } = useI18n();
  return (
    <div>
      <Field {...props} />
      {props.isIgnored && <p className="mt-1 text-caption text-ink-2">{t('options.byFrames')}</p>}
    </div>
  );
}

function Field(props: OptionFieldProps) {
  const { option } = props;
  switch (option.type) {
    case 'choice':
      return <Choice {...props} />;
    case 'boolean':
      return <Toggle {...props} />;
    case 'text':
      return <Text {...props} />;
    case 'integer':
    case 'number':
      return option.minimum !== null && option.maximum !== null ? <Slider {...props} /> : <Text {...props} />;
  }
}

/** Tiles; those of ratios and sizes are drawn to shape. */
function Choice({ option, value, onChange }: OptionFieldProps) {
  const { name, value: say } = useOptionWords();
  const id = useId();
  return (
    <>
      <p id={id} className="mb-1.5 text-small text-ink-2">
        {name(option.name)}
      </p>
      <RadioGroup.Root
        aria-labelledby={id}
        value={value === undefined ? '' : String(value)}
        onValueChange={(next) => {
          const chosen = option.choices.find((choice) => String(choice) === next);
          if (chosen !== undefined) onChange(chosen);
        }}
        className="grid grid-cols-[repeat(auto-fill,minmax(64px,1fr))] gap-1.5"
      >
        {option.choices.map((choice) => (
          <RadioGroup.Item
            key={String(choice)}
            value={String(choice)}
            className="group flex min-h-9 flex-col items-center justify-end gap-1 rounded-2 border border-line px-1 py-1.5 text-ink-2 hover:border-line-strong data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:text-ink max-[719px]:min-h-11"
          >
            <Shape ratio={parseRatio(choice)} />
            <span className="num text-[11.5px] leading-4">{say(option.name, choice)}</span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </>
  );
}

function Shape({ ratio }: { ratio: number | null }) {
  if (ratio === null) return null;
  const width = ratio >= 1 ? TILE_PX : Math.max(4, TILE_PX * ratio);
  const height = ratio >= 1 ? Math.max(4, TILE_PX / ratio) : TILE_PX;
  return (
    <span aria-hidden="true" className="grid h-5 place-items-center">
      <span
        className="rounded-[2px] border-[1.5px] border-current group-data-[state=checked]:border-accent"
        style={{ width, height }}
      />
    </span>
  );
}

function Slider({ option, value, onChange }: OptionFieldProps) {
  const { name, value: say } = useOptionWords();
  const id = useId();
  const shown = value ?? option.minimum ?? 0;
  return (
    <>
      <div className="mb-1 flex justify-between text-small text-ink-2">
        <label htmlFor={id}>{name(option.name)}</label>
        <span className="num text-[12.5px] text-ink">{say(option.name, shown)}</span>
      </div>
      <input
        id={id}
        type="range"
        min={option.minimum ?? 0}
        max={option.maximum ?? 0}
        step={option.type === 'integer' ? 1 : 0.01}
        value={Number(shown)}
        aria-valuetext={say(option.name, shown)}
        onChange={(event) => onChange(Number(event.target.value))}
        className="h-6 w-full accent-accent max-[719px]:h-11"
      />
    </>
  );
}

function Toggle({ option, value, onChange }: OptionFieldProps) {
  const { name } = useOptionWords();
  const id = useId();
  return (
    <div className="flex min-h-8 items-center justify-between gap-3 max-[719px]:min-h-11">
      <label htmlFor={id} className="text-small text-ink-2">
        {name(option.name)}
      </label>
      <Switch.Root
        id={id}
        checked={value === true}
        onCheckedChange={onChange}
        className="h-[22px] w-10 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors duration-120 data-[state=checked]:bg-ok"
      >
        <Switch.Thumb className="block size-[18px] rounded-full bg-raised transition-transform duration-120 data-[state=checked]:translate-x-[18px]" />
      </Switch.Root>
    </div>
  );
}

function Text({ option, value, onChange }: OptionFieldProps) {
  const { name } = useOptionWords();
  const id = useId();
  const isNumber = option.type !== 'text';
  return (
    <>
      <label htmlFor={id} className="mb-1 block text-small text-ink-2">
        {name(option.name)}
      </label>
      <input
        id={id}
        type={isNumber ? 'number' : 'text'}
        maxLength={option.max_chars ?? undefined}
        value={value === undefined ? '' : String(value)}
        onChange={(event) => onChange(isNumber ? event.target.valueAsNumber || 0 : event.target.value)}
        className="h-9 w-full rounded-2 border border-line-strong bg-raised px-2.5 text-small max-[719px]:h-11 max-[719px]:text-[16px]"
      />
    </>
  );
}
