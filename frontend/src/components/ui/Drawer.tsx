import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useFocusReturn } from './Dialog';

interface DrawerProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A list that lies over the page: from the right, on narrow screens a sheet from below. */
export function Drawer({ title, onClose, children }: DrawerProps) {
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Radix.Content
          {...focusReturn}
          aria-describedby={undefined}
          className="fixed z-40 flex flex-col border-line bg-bg shadow-2 max-[719px]:inset-x-0 max-[719px]:bottom-0 max-[719px]:max-h-[80dvh] max-[719px]:animate-rise max-[719px]:rounded-t-4 max-[719px]:border-t min-[720px]:inset-y-0 min-[720px]:right-0 min-[720px]:w-[320px] min-[720px]:animate-pop min-[720px]:border-l"
        >
          <Radix.Title className="sr-only">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
