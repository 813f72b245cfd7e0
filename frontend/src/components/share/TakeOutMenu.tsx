import { Download, Ellipsis, Link2, Pencil } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { lazy, Suspense, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import { useChatStore } from '@/stores/useChatStore';
import { isTemp } from '@/utils/messageFactory';

const ShareDialog = lazy(() => import('./ShareDialog').then((file) => ({ default: file.ShareDialog })));
const ExportDialog = lazy(() => import('./ExportDialog').then((file) => ({ default: file.ExportDialog })));

const ITEM =
  'flex h-9 items-center gap-2.5 rounded-[9px] px-2.5 outline-none data-highlighted:bg-selected max-[719px]:h-11';

interface TakeOutMenuProps {
  conversationId: string;
  onRename: () => void;
}

/** The ways to take a conversation out of the house: to share it, to save it; on narrow screens also to rename it. */
export function TakeOutMenu({ conversationId, onRename }: TakeOutMenuProps) {
  const { t } = useI18n();
  const [opened, setOpened] = useState<'share' | 'export' | null>(null);
  const chosen = useRef<'rename' | 'share' | 'export' | null>(null);
  const leafId = useChatStore((state) => state.messages[conversationId]?.shownLeafId ?? null);
  const dialog = {
    conversationId,
    leafId: leafId && isTemp(leafId) ? null : leafId,
    onClose: () => setOpened(null),
  };
  const choose = (what: typeof chosen.current): void => {
    chosen.current = what;
  };
  /** Do what was chosen once the menu is closed: a dialog gives the focus back to the button then. */
  const act = (event: Event): void => {
    const what = chosen.current;
    choose(null);
    if (what === 'rename') {
      event.preventDefault(); // the focus goes to the title's field
      onRename();
    } else if (what) setOpened(what);
  };
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <IconButton label={t('share.menu')}>
            <Ellipsis size={18} strokeWidth={1.6} />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            onCloseAutoFocus={act}
            className="z-30 min-w-40 animate-pop rounded-3 border border-line bg-raised p-1.5 text-small shadow-2"
          >
            <DropdownMenu.Item className={`${ITEM} min-[720px]:hidden`} onSelect={() => choose('rename')}>
              <Pencil size={16} strokeWidth={1.6} />
              {t('sidebar.rename')}
            </DropdownMenu.Item>
            <DropdownMenu.Item className={ITEM} onSelect={() => choose('share')}>
              <Link2 size={16} strokeWidth={1.6} />
              {t('share.open')}
            </DropdownMenu.Item>
            <DropdownMenu.Item className={ITEM} onSelect={() => choose('export')}>
              <Download size={16} strokeWidth={1.6} />
              {t('export.open')}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Suspense>
        {opened === 'share' && <ShareDialog {...dialog} />}
        {opened === 'export' && <ExportDialog {...dialog} />}
      </Suspense>
    </>
  );
}
