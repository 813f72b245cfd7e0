import { useRef, useState } from 'react';
import { useI18n } from '@/i18n';

const TITLE_CHARS_MAX = 120;

interface TitleFieldProps {
  title: string;
  className: string;
  /** Called with the new title, or null when nothing is to change. */
  onDone: (title: string | null) => void;
  onType?: (title: string) => void;
}

/** A title being edited: Enter or leaving saves, Escape gives up. */
export function TitleField({ title, className, onDone, onType }: TitleFieldProps) {
  const { t } = useI18n();
  const [text, setText] = useState(title);
  const done = useRef(false);
  const finish = (next: string | null): void => {
    if (done.current) return;
    done.current = true;
    onDone(next && next !== title ? next : null);
  };
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: the field stands where the title was chosen
      autoFocus
      aria-label={t('sidebar.titleField')}
      value={text}
      maxLength={TITLE_CHARS_MAX}
      onFocus={(event) => event.target.select()}
      onChange={(event) => {
        setText(event.target.value);
        onType?.(event.target.value);
      }}
      onBlur={() => finish(text.trim() || null)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') finish(text.trim() || null);
        if (event.key === 'Escape') finish(null);
      }}
      className={className}
    />
  );
}
