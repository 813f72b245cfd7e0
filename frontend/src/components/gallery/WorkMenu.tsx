import { Download, MessageCircle, RotateCcw, Trash2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import type { Work } from '@/hooks/useWorks';
import { useI18n } from '@/i18n';
import { assetUrl, fileName } from '@/services/assets';

export interface WorkActions {
  toMessage: (work: Work) => void;
  reuse: (work: Work) => void;
  remove: (work: Work) => void;
}

const ROW =
  'flex min-h-10 items-center gap-3 rounded-[9px] px-2.5 py-1.5 text-small outline-none data-disabled:text-ink-3 data-highlighted:bg-selected max-[719px]:min-h-12';

/** What one can do with a work. */
export function WorkMenu({
  work,
  actions,
  children,
}: {
  work: Work;
  actions: WorkActions;
  children: ReactNode;
}) {
  const { t } = useI18n();
  const hasMessage = work.origin.conversation_id !== null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-30 w-[232px] max-w-[calc(100vw-16px)] animate-pop rounded-3 border border-line bg-raised p-1.5 shadow-2"
        >
          <DropdownMenu.Item disabled={!hasMessage} onSelect={() => actions.toMessage(work)} className={ROW}>
            <MessageCircle size={18} strokeWidth={1.6} aria-hidden="true" />
            {t(hasMessage ? 'gallery.toMessage' : 'gallery.messageGone')}
          </DropdownMenu.Item>
          <DropdownMenu.Item onSelect={() => actions.reuse(work)} className={ROW}>
            <RotateCcw size={18} strokeWidth={1.6} aria-hidden="true" />
            {t('gallery.reuse')}
          </DropdownMenu.Item>
          <DropdownMenu.Item asChild className={ROW}>
            <a href={assetUrl(work)} download={fileName(work)}>
              <Download size={18} strokeWidth={1.6} aria-hidden="true" />
              {t('gallery.download')}
            </a>
          </DropdownMenu.Item>
          <DropdownMenu.Item onSelect={() => actions.remove(work)} className={`${ROW} text-danger`}>
            <Trash2 size={18} strokeWidth={1.6} aria-hidden="true" />
            {t('gallery.delete')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
