import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { AccountSettings } from '@/components/settings/AccountSettings';
import { AuditSettings } from '@/components/settings/AuditSettings';
import { CreditsSettings } from '@/components/settings/CreditsSettings';
import { GeneralSettings } from '@/components/settings/GeneralSettings';
import { PeopleSettings } from '@/components/settings/PeopleSettings';
import { PriceSettings } from '@/components/settings/PriceSettings';
import { SessionSettings } from '@/components/settings/SessionSettings';
import { SharedSettings } from '@/components/settings/SharedSettings';
import { Dialog } from '@/components/ui/Dialog';
import { type MessageKey, useI18n } from '@/i18n';
import type { User } from '@/types';

export type SettingsTab =
  | 'general'
  | 'account'
  | 'sessions'
  | 'shared'
  | 'credits'
  | 'people'
  | 'prices'
  | 'log';

interface SettingsModalProps {
  tab: SettingsTab;
  user: User;
  onTab: (tab: SettingsTab) => void;
  onClose: () => void;
}

const TAB =
  'h-9 shrink-0 rounded-[9px] px-3 text-left text-small text-ink-2 hover:text-ink data-[state=active]:bg-selected data-[state=active]:font-medium data-[state=active]:text-ink max-[719px]:h-11';
const PANEL = 'min-h-0 flex-1 overflow-y-auto p-5';

/** Everything one can set: for this browser, for the account, and, as an administrator, for others. */
export function SettingsModal({ tab, user, onTab, onClose }: SettingsModalProps) {
  const { t } = useI18n();
  const tabs: { value: SettingsTab; name: MessageKey; panel: ReactNode }[] = [
    { value: 'general', name: 'settings.general', panel: <GeneralSettings /> },
    { value: 'account', name: 'settings.account', panel: <AccountSettings user={user} /> },
    { value: 'sessions', name: 'settings.sessions', panel: <SessionSettings /> },
    { value: 'shared', name: 'share.tab', panel: <SharedSettings /> },
    { value: 'credits', name: 'settings.credits', panel: <CreditsSettings /> },
  ];
  if (user.role === 'admin')
    tabs.push(
      { value: 'people', name: 'settings.people', panel: <PeopleSettings /> },
      { value: 'prices', name: 'settings.prices', panel: <PriceSettings /> },
      { value: 'log', name: 'settings.log', panel: <AuditSettings /> },
    );
  return (
    <Dialog open title={t('settings.title')} onClose={onClose}>
      <Tabs.Root
        value={tab}
        onValueChange={(next) => onTab(next as SettingsTab)}
        orientation="vertical"
        className="flex min-h-0 flex-1 max-[719px]:flex-col"
      >
        <Tabs.List
          aria-label={t('settings.title')}
          className="flex w-44 shrink-0 flex-col gap-0.5 border-r border-line p-2.5 max-[719px]:w-full max-[719px]:flex-row max-[719px]:overflow-x-auto max-[719px]:border-r-0 max-[719px]:border-b"
        >
          {tabs.map(({ value, name }) => (
            <Tabs.Trigger
              key={value}
              value={value}
              className={TAB}
              onFocus={(event) => event.currentTarget.scrollIntoView({ block: 'nearest', inline: 'center' })}
            >
              {t(name)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {tabs.map(({ value, panel }) => (
          <Tabs.Content key={value} value={value} className={PANEL}>
            {panel}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Dialog>
  );
}
