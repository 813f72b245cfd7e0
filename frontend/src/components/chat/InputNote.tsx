import { useI18n } from '@/i18n';
import type { Mode, Quote } from '@/types';
import { formatCount, formatCredits } from '@/utils/credits';

/** The line below the composer: what holding means, or, when credits are short, what that means for the answer. */
export function InputNote({ mode, quote }: { mode: Mode; quote: Quote | null }) {
  const { t, locale } = useI18n();
  const short = quote && (!quote.affordable || quote.limited);
  return (
    <p
      role={short ? 'status' : undefined}
      className={`mt-2 text-center text-caption ${short ? 'text-warn' : 'text-ink-3 max-[719px]:hidden'}`}
    >
      {quote && !quote.affordable
        ? t('input.unaffordable', {
            needed: formatCredits(quote.maximum.amount_mc, locale),
            available: formatCredits(quote.available_mc, locale),
          })
        : quote?.limited
          ? t('input.limited', { count: formatCount(quote.answer_tokens, locale) })
          : mode === 'chat'
            ? t('input.note')
            : t('input.mediaNote')}
    </p>
  );
}
