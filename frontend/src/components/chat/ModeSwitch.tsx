import { Image, MessageCircle, Video } from 'lucide-react';
import { useI18n } from '@/i18n';
import type { Mode } from '@/types';

const MODES = [
  { value: 'chat', name: 'input.chat', Icon: MessageCircle },
  { value: 'image', name: 'input.image', Icon: Image },
  { value: 'video', name: 'input.video', Icon: Video },
] as const;

/** What is made next: an answer, a picture or a clip. */
export function ModeSwitch({ mode, onMode }: { mode: Mode; onMode: (mode: Mode) => void }) {
  const { t } = useI18n();
  return (
    <fieldset aria-label={t('input.mode')} className="flex min-w-0 gap-0.5">
      {MODES.map(({ value, name, Icon }) => (
        <label
          key={value}
          className="relative flex h-8 items-center gap-1.5 rounded-2 px-3 text-small whitespace-nowrap text-ink-2 max-[399px]:px-2.5 transition-colors duration-120 hover:text-ink has-checked:bg-selected has-checked:font-semibold has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus max-[719px]:h-10"
        >
          <input
            type="radio"
            name="mode"
            value={value}
            checked={mode === value}
            onChange={() => onMode(value)}
            className="absolute inset-0 cursor-pointer appearance-none outline-none"
          />
          <Icon size={18} strokeWidth={1.6} aria-hidden="true" />
          {t(name)}
        </label>
      ))}
    </fieldset>
  );
}
