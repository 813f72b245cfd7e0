import { Archive, ArchiveRestore, ListChecks, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import { DropdownMenu, ContextMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useI18n } from '@/i18n';

export const MENU =
  'z-50 min-w-40 animate-pop rounded-3 border border-line bg-raised p-1.5 text-small shadow-2';
export const ITEM =
  'flex h-9 items-center gap-2.5 rounded-[9px] px-2.5 outline-none data-highlighted:bg-selected max-[719px]:h-11';

interface ContextMenuProps {
  pinned: boolean;
  archived: boolean;
  onPin: () => void;
  onRename: () => void;
  onArchive: () => void;
  onSelect: () => void;
  onDelete: () => void;
}

/** The menu of a conversation, on right click and on long press of what is inside. */
export function ContextMenu({ children, ...actions }: ContextMenuProps & { children: ReactNode }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={MENU} onCloseAutoFocus={(event) => event.preventDefault()}>
          <Items item={Radix.Item} {...actions} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The same menu, behind a button. */
export function ConversationMenu({ children, ...actions }: ContextMenuProps & { children: ReactNode }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="start"
          className={MENU}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <Items item={DropdownMenu.Item} {...actions} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

type ItemPart = typeof Radix.Item | typeof DropdownMenu.Item;

function Items({ item: Item, pinned, archived, ...actions }: ContextMenuProps & { item: ItemPart }) {
  const { t } = useI18n();
  const PinIcon = pinned ? PinOff : Pin;
  const ArchiveIcon = archived ? ArchiveRestore : Archive;
  return (
    <>
      <Item className={ITEM} onSelect={actions.onPin}>
        <PinIcon size={16} strokeWidth={1.6} />
        {t(pinned ? 'archive.unpin' : 'archive.pin')}
      </Item>
      <Item className={ITEM} onSelect={actions.onRename}>
        <Pencil size={16} strokeWidth={1.6} />
        {t('sidebar.rename')}
      </Item>
      <Item className={ITEM} onSelect={actions.onArchive}>
        <ArchiveIcon size={16} strokeWidth={1.6} />
        {t(archived ? 'archive.take' : 'archive.put')}
      </Item>
      <Item className={ITEM} onSelect={actions.onSelect}>
        <ListChecks size={16} strokeWidth={1.6} />
        {t('select.begin')}
      </Item>
      <Item className={`${ITEM} text-danger`} onSelect={actions.onDelete}>
        <Trash2 size={16} strokeWidth={1.6} />
        {t('common.delete')}
      </Item>
    </>
  );
}
