import { type ComponentProps, type ReactNode, useId } from 'react';

interface TextFieldProps extends ComponentProps<'input'> {
  label: string;
  hint?: string;
  end?: ReactNode;
}

/** A line of text with its name above it. */
export function TextField({ label, hint, end, className = '', ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block text-small font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-describedby={hint ? `${id}-hint` : undefined}
          className="h-11 w-full rounded-2 border border-line-strong bg-raised px-3.5 text-[16px] text-ink placeholder:text-ink-3 aria-invalid:border-danger"
          {...rest}
        />
        {end && <div className="absolute inset-y-0 right-1 grid place-items-center">{end}</div>}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-caption text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}
