import { Download, Ellipsis, Link2 } from 'lucide-react';
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

/** The ways to take a conversation out of the house: to share it, to save it. */
export function TakeOutMenu({ conversationId }: { conversationId: string }) {
  const { t } = useI18n();
  const [opened, setOpened] = useState<'share' | 'export' | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const leafId = useChatStore((state) => state.messages[conversationId]?.shownLeafId ?? null);
  const dialog = {
    conversationId,
    leafId: leafId && isTemp(leafId) ? null : leafId,
    onClose: () => setOpened(null),
  };
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <IconButton ref={button} label={t('share.menu')}>
            <Ellipsis size={18} strokeWidth={1.6} />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            className="z-30 min-w-40 animate-pop rounded-3 border border-line bg-raised p-1.5 text-small shadow-2"
          >
            <DropdownMenu.Item className={ITEM} onSelect={() => setOpened('share')}>
              <Link2 size={16} strokeWidth={1.6} />
              {t('share.open')}
            </DropdownMenu.Item>
            <DropdownMenu.Item className={ITEM} onSelect={() => setOpened('export')}>
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
