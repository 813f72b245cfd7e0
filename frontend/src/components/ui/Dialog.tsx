import { X } from 'lucide-react';
import { AlertDialog as Alert, Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { useI18n } from '@/i18n';
import { Button, IconButton } from './Button';

// One level for veil and sheet: a dialog over a dialog veils it, since it comes later.
const VEIL = 'fixed inset-0 z-50 bg-veil';
const SHEET =
  'fixed z-50 bg-raised border border-line shadow-2 animate-pop ' +
  'max-[719px]:inset-x-0 max-[719px]:bottom-0 max-[719px]:rounded-t-4 max-[719px]:pb-[env(safe-area-inset-bottom)] ' +
  'min-[720px]:top-1/2 min-[720px]:left-1/2 min-[720px]:-translate-1/2 min-[720px]:rounded-4';

/** These dialogs are opened by state, not by a trigger of their own: the focus goes back to where it was before. */
export function useFocusReturn() {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: () => {
      before.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (before.current instanceof HTMLElement) before.current.focus();
    },
  };
}

interface ConfirmProps {
  open: boolean;
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** A question before something that cannot be undone; the focus rests on "cancel". */
export function ConfirmDialog({ open, title, text, action, onConfirm, onClose }: ConfirmProps) {
  const { t } = useI18n();
  const focusReturn = useFocusReturn();
  return (
    <Alert.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Alert.Portal>
        <Alert.Overlay className={VEIL} />
        <Alert.Content {...focusReturn} className={`${SHEET} w-full p-5 min-[720px]:w-[400px]`}>
          <Alert.Title className="text-title font-semibold">{title}</Alert.Title>
          <Alert.Description className="mt-2.5 text-small break-words text-ink-2">{text}</Alert.Description>
          <div className="mt-5 flex justify-end gap-2 max-[719px]:flex-col-reverse">
            <Alert.Cancel asChild>
              <Button>{t('common.cancel')}</Button>
            </Alert.Cancel>
            <Alert.Action asChild>
              <Button look="danger" onClick={onConfirm}>
                {action}
              </Button>
            </Alert.Action>
          </div>
        </Alert.Content>
      </Alert.Portal>
    </Alert.Root>
  );
}

const SIZES = {
  large: 'max-[719px]:h-[88dvh] min-[720px]:h-[min(640px,90dvh)] min-[720px]:w-[min(880px,calc(100vw-40px))]',
  medium: 'min-[720px]:w-[560px]',
};

interface DialogProps {
  open: boolean;
  title: string;
  size?: keyof typeof SIZES;
  onClose: () => void;
  children: ReactNode;
}

/** A larger dialog; a sheet from below on narrow screens. */
export function Dialog({ open, title, size = 'large', onClose, children }: DialogProps) {
  const { t } = useI18n();
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={VEIL} />
        <Radix.Content
          {...focusReturn}
          aria-describedby={undefined}
          className={`${SHEET} flex max-h-[90dvh] w-full flex-col ${SIZES[size]}`}
        >
          <div className="flex h-14 shrink-0 items-center justify-between border-b border-line pr-3 pl-5">
            <Radix.Title className="text-title font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t('common.close')}>
                <X size={18} strokeWidth={1.6} />
              </IconButton>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
