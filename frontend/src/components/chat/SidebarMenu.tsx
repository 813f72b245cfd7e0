import { Archive, Ellipsis, ListChecks } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { IconButton } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import { ITEM, MENU } from './ContextMenu';

interface SidebarMenuProps {
  onArchive: () => void;
  onSelect: () => void;
}

/** What can be done with the list as a whole: look at the archive, choose several. */
export function SidebarMenu({ onArchive, onSelect }: SidebarMenuProps) {
  const { t } = useI18n();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={t('archive.more')}>
          <Ellipsis size={16} strokeWidth={1.6} />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          className={MENU}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <DropdownMenu.Item className={ITEM} onSelect={onArchive}>
            <Archive size={16} strokeWidth={1.6} />
            {t('archive.open')}
          </DropdownMenu.Item>
          <DropdownMenu.Item className={ITEM} onSelect={onSelect}>
            <ListChecks size={16} strokeWidth={1.6} />
            {t('select.begin')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
