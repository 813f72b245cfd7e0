import { Download } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { ChargingRules } from '@/components/credits/ChargingRules';
import { Figures } from '@/components/credits/Figures';
import { Ledger } from '@/components/credits/Ledger';
import { Select } from '@/components/ui/Select';
import { useCredits } from '@/hooks/useCredits';
import { useI18n } from '@/i18n';
import { type LedgerFilter, listTransactions, TRANSACTIONS, transactionsFile } from '@/services/credits';
import { KINDS, STATES } from '@/utils/creditWords';

const TAB =
  'h-9 rounded-2 px-3 text-small text-ink-2 hover:text-ink data-[state=active]:bg-selected data-[state=active]:font-medium data-[state=active]:text-ink max-[719px]:h-11';

/** One's own credits: what there is, what happened, and by which rules. */
export function CreditsSettings() {
  const { t } = useI18n();
  const credits = useCredits();
  return (
    <div className="flex flex-col gap-4">
      {credits && (
        <Figures
          figures={[
            { label: t('credits.available'), mc: credits.available_mc },
            { label: t('credits.heldNow'), mc: credits.held_mc },
            { label: t('credits.balance'), mc: credits.balance_mc },
          ]}
        />
      )}
      <Tabs.Root defaultValue="ledger">
        <Tabs.List aria-label={t('settings.credits')} className="mb-3 flex gap-0.5 border-b border-line pb-2">
          <Tabs.Trigger value="ledger" className={TAB}>
            {t('ledger.title')}
          </Tabs.Trigger>
          <Tabs.Trigger value="rules" className={TAB}>
            {t('ledger.rules')}
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="ledger">
          <OwnLedger />
        </Tabs.Content>
        <Tabs.Content value="rules">
          <ChargingRules />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}

function OwnLedger() {
  const { t } = useI18n();
  const [filter, setFilter] = useState<LedgerFilter>({});
  return (
    <>
      <div className="mb-1 flex flex-wrap items-end gap-2.5">
        <Select
          label={t('ledger.kind')}
          all={t('ledger.all')}
          options={KINDS}
          value={filter.kind}
          onChange={(kind) => setFilter(compact({ ...filter, kind }))}
        />
        <Select
          label={t('ledger.state')}
          all={t('ledger.all')}
          options={STATES}
          value={filter.state}
          onChange={(state) => setFilter(compact({ ...filter, state }))}
        />
        <a
          href={transactionsFile(filter)}
          download
          className="ml-auto inline-flex h-9 items-center gap-2 rounded-2 px-3 text-small text-ink-2 hover:bg-selected hover:text-ink max-[719px]:h-11"
        >
          <Download size={16} strokeWidth={1.6} aria-hidden="true" />
          {t('ledger.download')}
        </a>
      </div>
      <Ledger
        explains
        queryKey={[...TRANSACTIONS, filter]}
        load={(cursor, limit) => listTransactions(filter, cursor, limit)}
      />
    </>
  );
}

/** A filter without what is not asked for. */
function compact({ kind, state }: LedgerFilter): LedgerFilter {
  return { ...(kind && { kind }), ...(state && { state }) };
}
