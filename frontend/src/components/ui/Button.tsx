import type { ComponentProps, ReactNode } from 'react';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-accent-ink hover:brightness-105 disabled:opacity-50',
  plain: 'border border-line bg-raised shadow-1 hover:bg-sunken disabled:text-ink-3',
  quiet: 'text-ink-2 hover:bg-selected hover:text-ink disabled:text-ink-3',
  danger: 'border border-line bg-raised text-danger hover:bg-sunken',
};

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
}

/** A button with words. */
export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={`inline-flex h-9 items-center justify-center gap-2 rounded-2 px-3.5 text-small font-medium whitespace-nowrap transition-colors duration-120 max-[719px]:h-11 ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}

interface IconButtonProps extends ComponentProps<'button'> {
  label: string;
  children: ReactNode;
}

/** A button with an icon; its name is read aloud and shown on hover. */
export function IconButton({ label, className = '', children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-grid size-9 shrink-0 place-items-center rounded-2 text-ink-2 transition-colors duration-120 hover:bg-selected hover:text-ink disabled:text-ink-3 disabled:opacity-50 max-[719px]:size-11 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
