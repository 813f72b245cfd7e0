import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { setPrice } from '@/services/adminCredits';
import { QUOTES } from '@/services/credits';
import type { ModelPrice, Price } from '@/types';

interface PriceDialogProps {
  model: ModelPrice;
  /** The price that is written; null while it is none. */
  price: Price | null;
  onClose: () => void;
  children: ReactNode;
}

/** The frame of every price form: saving puts a new version in force. */
export function PriceDialog({ model, price, onClose, children }: PriceDialogProps) {
  const { t, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const [busy, setBusy] = useState(false);

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!price) return;
    setBusy(true);
    try {
      await setPrice(model.model_id, price);
      notify(t('settings.saved'));
      for (const queryKey of [['prices'], ['models'], ['audit'], QUOTES])
        void queries.invalidateQueries({ queryKey });
      onClose();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
      setBusy(false);
    }
  };
  return (
    <Dialog open size="medium" title={t('prices.title', { model: model.name })} onClose={onClose}>
      <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4 overflow-y-auto p-5">
        {children}
        <p className="text-caption text-ink-2">{t('prices.frozen')}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" disabled={busy || !price}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
