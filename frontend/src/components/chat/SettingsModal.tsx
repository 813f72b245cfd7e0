import { Tabs } from 'radix-ui';
import { AccountSettings } from '@/components/settings/AccountSettings';
import { GeneralSettings } from '@/components/settings/GeneralSettings';
import { PeopleSettings } from '@/components/settings/PeopleSettings';
import { SessionSettings } from '@/components/settings/SessionSettings';
import { Dialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';
import type { User } from '@/types';

interface SettingsModalProps {
  open: boolean;
  user: User;
  onClose: () => void;
}

const TAB =
  'h-9 shrink-0 rounded-[9px] px-3 text-left text-small text-ink-2 hover:text-ink data-[state=active]:bg-selected data-[state=active]:font-medium data-[state=active]:text-ink max-[719px]:h-11';
const PANEL = 'min-h-0 flex-1 overflow-y-auto p-5';

/** Everything one can set: for this browser, for the account, and, as an administrator, for others. */
export function SettingsModal({ open, user, onClose }: SettingsModalProps) {
  const { t } = useI18n();
  return (
    <Dialog open={open} title={t('settings.title')} onClose={onClose}>
      <Tabs.Root defaultValue="general" className="flex min-h-0 flex-1 max-[719px]:flex-col">
        <Tabs.List
          aria-label={t('settings.title')}
          className="flex w-44 shrink-0 flex-col gap-0.5 border-r border-line p-2.5 max-[719px]:w-full max-[719px]:flex-row max-[719px]:overflow-x-auto max-[719px]:border-r-0 max-[719px]:border-b"
        >
          <Tabs.Trigger value="general" className={TAB}>
            {t('settings.general')}
          </Tabs.Trigger>
          <Tabs.Trigger value="account" className={TAB}>
            {t('settings.account')}
          </Tabs.Trigger>
          <Tabs.Trigger value="sessions" className={TAB}>
            {t('settings.sessions')}
          </Tabs.Trigger>
          {user.role === 'admin' && (
            <Tabs.Trigger value="people" className={TAB}>
              {t('settings.people')}
            </Tabs.Trigger>
          )}
        </Tabs.List>
        <Tabs.Content value="general" className={PANEL}>
          <GeneralSettings />
        </Tabs.Content>
        <Tabs.Content value="account" className={PANEL}>
          <AccountSettings user={user} />
        </Tabs.Content>
        <Tabs.Content value="sessions" className={PANEL}>
          <SessionSettings />
        </Tabs.Content>
        <Tabs.Content value="people" className={PANEL}>
          <PeopleSettings />
        </Tabs.Content>
      </Tabs.Root>
    </Dialog>
  );
}
