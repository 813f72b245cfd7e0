import { TriangleAlert } from 'lucide-react';
import { useId, useRef } from 'react';
import { RollingNumber } from '@/components/ui/RollingNumber';
import { useCredits } from '@/hooks/useCredits';
import { useHoverPopover } from '@/hooks/useHoverPopover';
import { useQuote } from '@/hooks/useQuote';
import { type MessageKey, useI18n } from '@/i18n';
import { useConversationStore } from '@/stores/useChatStore';
import type { Credits, Quote } from '@/types';
import { formatCredits, isLow } from '@/utils/credits';
import { RecentMovements } from './RecentMovements';

interface CreditsMeterProps {
  /** The model that would answer next: what it holds tells whether there is enough. */
  modelId: string | null;
  onOpenLedger: () => void;
}

/** What one has to spend, and what is held; the last movements stand behind it. */
export function CreditsMeter({ modelId, onOpenLedger }: CreditsMeterProps) {
  const { t, locale } = useI18n();
  const credits = useCredits();
  const conversationId = useConversationStore((state) => state.currentConversationId);
  const quote = useQuote({ modelId, conversationId, text: '' });
  const { open, close, toggle, rootRef, rootProps } = useHoverPopover();
  const trigger = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  if (!credits) return <div className="h-[60px]" />;

  const { available_mc, held_mc } = credits;
  const warning = warn(credits, quote);
  const available = formatCredits(available_mc, locale);
  const held = formatCredits(held_mc, locale);
  return (
    <div ref={rootRef} className="relative" {...rootProps}>
      <button
        ref={trigger}
        type="button"
        aria-expanded={open}
        aria-controls={open ? panelId : undefined}
        onClick={toggle}
        className="block w-full rounded-2 px-2.5 pt-2 pb-2.5 text-left hover:bg-sunken"
      >
        <span className="sr-only">{t('credits.meter', { available, held })}</span>
        <span aria-hidden="true" className="flex items-baseline gap-1.5 text-[12.5px] text-ink-2">
          <RollingNumber
            text={available}
            className={`text-[19px] leading-tight font-medium tracking-[-0.03em] ${warning ? 'text-warn' : 'text-ink'}`}
          />
          {t('credits.unit')}
          {held_mc > 0 && (
            <span className="num ml-auto truncate text-caption">{t('credits.held', { amount: held })}</span>
          )}
        </span>
        <Scale available={available_mc} held={held_mc} />
        {warning && (
          <span className="mt-1.5 flex items-center gap-1.5 text-caption text-warn">
            <TriangleAlert size={13} strokeWidth={1.8} aria-hidden="true" />
            {t(warning)}
          </span>
        )}
      </button>
      {open && (
        <RecentMovements
          id={panelId}
          onOpenLedger={() => {
            trigger.current?.focus(); // where the focus returns to when the settings close
            close();
            onOpenLedger();
          }}
        />
      )}
    </div>
  );
}

/** What there is to worry about: the next answer first, then the whole. */
function warn(credits: Credits, quote: Quote | null): MessageKey | null {
  if (quote?.affordable === false) return 'credits.tooLow';
  if (quote?.limited) return 'credits.short';
  return isLow(credits) ? 'credits.low' : null;
}

/** The balance as a bar: what is free, and, hatched, what is held. */
function Scale({ available, held }: { available: number; held: number }) {
  const total = available + held;
  const share = total > 0 ? available / total : 0;
  return (
    <span aria-hidden="true" className="mt-[7px] flex h-[5px] overflow-hidden rounded-[3px] bg-line">
      <span className="h-full bg-ink-2" style={{ flex: `${share} 0 0` }} />
      {held > 0 && <span className="hatched ml-0.5 h-full min-w-1.5" style={{ flex: `${1 - share} 0 0` }} />}
    </span>
  );
}
