import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { asApiError } from '@/hooks/useMessageLoader';
import { usePriceText } from '@/hooks/usePriceText';
import { useI18n } from '@/i18n';
import { listPrices } from '@/services/adminCredits';
import type { ModelPrice } from '@/types';
import { MediaPriceForm } from './MediaPriceForm';
import { TokenPriceForm } from './TokenPriceForm';

/** What each model costs, for administrators; those that nobody can use for want of a price come first. */
export function PriceSettings() {
  const { t, errorText } = useI18n();
  const [edited, setEdited] = useState<ModelPrice | null>(null);
  const { data: models = [], error } = useQuery({ queryKey: ['prices'], queryFn: listPrices, staleTime: 0 });
  const unpriced = models.filter((model) => model.price === null);
  const priced = models.filter((model) => model.price !== null);
  return (
    <div className="flex flex-col gap-3">
      {error && (
        <p role="alert" className="text-small text-danger">
          {errorText(asApiError(error))}
        </p>
      )}
      {unpriced.length > 0 && (
        <p role="status" className="flex items-start gap-2 text-small text-warn">
          <TriangleAlert size={15} strokeWidth={1.8} aria-hidden="true" className="mt-[3px] shrink-0" />
          {t('prices.missingCount', { count: unpriced.length })}
        </p>
      )}
      <p className="text-caption text-ink-2">{t('prices.heading')}</p>
      <ul className="-mt-2">
        {[...unpriced, ...priced].map((model) => (
          <PriceRow key={model.model_id} model={model} onEdit={() => setEdited(model)} />
        ))}
      </ul>
      {edited && <Editor model={edited} onClose={() => setEdited(null)} />}
    </div>
  );
}

/** The form for what a model is paid by: its tokens, or what it makes. */
function Editor({ model, onClose }: { model: ModelPrice; onClose: () => void }) {
  const { scheme } = model;
  return scheme ? (
    <MediaPriceForm model={model} scheme={scheme} onClose={onClose} />
  ) : (
    <TokenPriceForm model={model} onClose={onClose} />
  );
}

function PriceRow({ model, onEdit }: { model: ModelPrice; onEdit: () => void }) {
  const { t } = useI18n();
  const say = usePriceText();
  const price = model.price && say(model.price);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line py-3 text-small last:border-0">
      <div className="min-w-44 flex-1">
        <p className="truncate font-medium">{model.name}</p>
        <p className="truncate text-caption text-ink-3">{model.model_id}</p>
      </div>
      {price ? (
        <div className="text-right max-[719px]:order-last max-[719px]:w-full max-[719px]:text-left">
          <p className="num">
            <span aria-hidden="true">{price.shown}</span>
            <span className="sr-only">{price.spoken}</span>
          </p>
          <Origin model={model} />
        </div>
      ) : (
        <p className="text-caption text-warn max-[719px]:order-last max-[719px]:w-full">
          {t('prices.missing')}
        </p>
      )}
      <Button look={price ? 'plain' : 'primary'} onClick={onEdit}>
        {price ? t('prices.edit') : t('prices.set')}
        <span className="sr-only">{model.name}</span>
      </Button>
    </li>
  );
}

/** Which version of a price is in force, where it came from, and since when. */
function Origin({ model }: { model: ModelPrice }) {
  const { t, locale } = useI18n();
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const parts = [
    t('prices.version', { version: model.version ?? 0 }),
    model.source === 'admin' ? t('prices.fromAdmin') : t('prices.fromConfig'),
    model.since ? t('prices.since', { time: time.format(new Date(model.since)) }) : '',
  ];
  return <p className="text-caption text-ink-3">{parts.filter(Boolean).join(' · ')}</p>;
}
