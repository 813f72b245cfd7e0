import { X } from 'lucide-react';
import { Link } from 'react-router';
import { Button, IconButton } from '@/components/ui/Button';
import { useOpenHolds } from '@/hooks/useCredits';
import { useI18n } from '@/i18n';
import { useConversationStore } from '@/stores/useChatStore';
import type { Transaction } from '@/types';
import { formatCredits } from '@/utils/credits';
import { type Choice, cheapestAffordable } from '@/utils/prices';
import { Figures } from './Figures';
import type { SendRefusalProps } from './SendRefusal';

/** The credits do not suffice: what it takes, what there is, what holds the rest, and the ways on. */
export function OutOfCredits(props: SendRefusalProps) {
  const { t, locale } = useI18n();
  const { error, onRetry, onModel, onClose } = props;
  const { needed_mc, available_mc, held_mc, held_by } = error.params;
  const holds = useOpenHolds();
  const holders = Array.isArray(held_by)
    ? holds.filter(({ subject_id }) => subject_id !== null && held_by.includes(subject_id))
    : [];
  const cheaper = chooseCheaper(props, Number(available_mc));
  return (
    <section
      role="alert"
      aria-label={t('shortage.title')}
      className="mb-2.5 animate-rise rounded-3 border border-line bg-raised px-5 pt-4 pb-4 shadow-1"
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="text-title font-semibold text-warn">{t('shortage.title')}</h2>
          <p className="mt-1 text-small text-ink-2">{t('shortage.cost')}</p>
        </div>
        <IconButton label={t('common.close')} onClick={onClose} className="-mt-1.5 -mr-2.5">
          <X size={16} strokeWidth={1.6} />
        </IconButton>
      </div>
      <div className="mt-3">
        <Figures
          figures={[
            { label: t('shortage.needed'), mc: Number(needed_mc) },
            { label: t('credits.available'), mc: Number(available_mc), tone: 'text-warn' },
            { label: t('credits.heldNow'), mc: Number(held_mc) },
          ]}
        />
      </div>
      {holders.length > 0 && <Holders holders={holders} />}
      <div className="mt-4 flex flex-wrap items-center gap-2">
        {cheaper && (
          <Button look="primary" onClick={() => onModel(cheaper.model.id)}>
            {t('shortage.cheaper', {
              model: cheaper.model.name,
              amount: formatCredits(cheaper.holdMc, locale),
            })}
          </Button>
        )}
        {onRetry && <Button onClick={onRetry}>{t('common.retry')}</Button>}
        {!cheaper && props.quote?.affordable === false && (
          <p className="text-small text-ink-2">{t('shortage.noCheaper')}</p>
        )}
      </div>
    </section>
  );
}

/** What the open holds are for; each names its conversation. */
function Holders({ holders }: { holders: Transaction[] }) {
  const { t, locale } = useI18n();
  const conversations = useConversationStore((state) => state.conversations);
  return (
    <div className="mt-3 text-small">
      <h3 className="text-caption text-ink-2">{t('shortage.heldBy')}</h3>
      <ul className="mt-0.5 flex flex-wrap gap-x-5 gap-y-1">
        {holders.map(({ id, conversation_id, held_mc }) => {
          const title = (conversation_id && conversations[conversation_id]?.title) || t('shortage.elsewhere');
          return (
            <li key={id} className="flex min-w-0 items-baseline gap-1.5">
              {conversation_id ? (
                <Link to={`/c/${conversation_id}`} className="truncate underline underline-offset-3">
                  {title}
                </Link>
              ) : (
                <span className="truncate">{title}</span>
              )}
              <span className="num text-[12.5px] text-ink-2">{formatCredits(held_mc, locale)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function chooseCheaper({ models, modelId, quote }: SendRefusalProps, availableMc: number): Choice | null {
  const prompt = quote?.maximum.terms.find((term) => term.name === 'input');
  if (!quote || !prompt) return null;
  const need = { promptTokens: prompt.quantity, answerTokens: quote.answer_tokens, availableMc };
  return cheapestAffordable(models, need, modelId);
}
