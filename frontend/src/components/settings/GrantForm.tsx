import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Segments } from '@/components/ui/Segments';
import { TextField } from '@/components/ui/TextField';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { changeUserCredits } from '@/services/adminCredits';
import { refreshCredits } from '@/services/credits';
import { formatCredits, parseCredits } from '@/utils/credits';

const REASON_CHARS_MAX = 200;

/** Give credits to an account, or correct it. One key serves all tries of one change, so that none counts twice. */
export function GrantForm({ userId }: { userId: string }) {
  const { t, locale, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const [kind, setKind] = useState<'grant' | 'adjust'>('grant');
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const amountMc = parseCredits(amount);
  const fits = amountMc !== null && (kind === 'grant' ? amountMc > 0 : amountMc !== 0);

  const begin = (): void => {
    setKey(crypto.randomUUID());
    setAmount('');
    setReason('');
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!fits || !reason.trim()) return;
    setBusy(true);
    try {
      await changeUserCredits(userId, kind, amountMc, reason.trim(), key);
      const shown = formatCredits(amountMc, locale);
      notify(
        kind === 'grant' ? t('people.granted', { amount: shown }) : t('people.adjusted', { amount: shown }),
      );
      begin();
    } catch (problem) {
      const error = asApiError(problem);
      notify(errorText(error), true);
      if (error.code === 'idempotency_mismatch') setKey(crypto.randomUUID()); // an earlier try had arrived after all
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ['users', userId] });
      void queries.invalidateQueries({ queryKey: ['audit'] });
      refreshCredits();
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3.5">
      <Segments
        label={t('people.change')}
        value={kind}
        options={[
          { value: 'grant', name: t('people.grant') },
          { value: 'adjust', name: t('people.adjust') },
        ]}
        onChange={setKind}
      />
      <div className="grid grid-cols-[11rem_1fr] gap-3 max-[719px]:grid-cols-1">
        <TextField
          label={t('people.amount')}
          hint={kind === 'grant' ? t('people.grantHint') : t('people.adjustHint')}
          value={amount}
          inputMode="decimal"
          autoComplete="off"
          required
          aria-invalid={amount !== '' && !fits}
          onChange={(event) => setAmount(event.target.value)}
        />
        <TextField
          label={t('people.reason')}
          hint={t('people.reasonHint')}
          value={reason}
          maxLength={REASON_CHARS_MAX}
          required
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <Button type="submit" look="primary" className="self-start" disabled={busy || !fits || !reason.trim()}>
        {kind === 'grant' ? t('people.submitGrant') : t('people.submitAdjust')}
      </Button>
    </form>
  );
}
