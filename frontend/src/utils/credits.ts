import type { Locale } from '@/i18n/locales';
import type { Cost, CostTerm, Credits, TransactionDetail } from '@/types';

const MC_PER_CREDIT = 1000;
const DECIMALS_MAX = 3;
/** The largest single movement: a billion credits. */
export const AMOUNT_MAX_MC = 10 ** 12;
const AMOUNT = /^([+\-−])?(\d{1,10})(?:\.(\d{1,3}))?$/;
const LOW_PERCENT = 10;

const formats = new Map<Locale, Intl.NumberFormat>();

function formatOf(locale: Locale): Intl.NumberFormat {
  const known = formats.get(locale);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, { maximumFractionDigits: DECIMALS_MAX });
  formats.set(locale, made);
  return made;
}

/** Return milli-credits as credits: at most three decimals, no trailing zeros; `signed` shows a plus as well. */
export function formatCredits(mc: number, locale: Locale, signed = false): string {
  const sign = mc < 0 ? '−' : signed && mc > 0 ? '+' : '';
  return sign + formatOf(locale).format(Math.abs(mc) / MC_PER_CREDIT);
}

/** Return a count with the separators of a language. */
export function formatCount(count: number, locale: Locale): string {
  return formatOf(locale).format(count);
}

/** Return credits that a person wrote as milli-credits, exactly; null for anything but a number that can be moved. */
export function parseCredits(text: string, maxMc = AMOUNT_MAX_MC): number | null {
  const [, sign, whole, fraction] = AMOUNT.exec(text.trim()) ?? [];
  if (whole === undefined) return null;
  const mc = Number(whole) * MC_PER_CREDIT + Number((fraction ?? '').padEnd(DECIMALS_MAX, '0'));
  if (mc > maxMc) return null;
  return sign && sign !== '+' && mc > 0 ? -mc : mc;
}

/** Return milli-credits as a person would write them into a field. */
export function writeCredits(mc: number): string {
  return exactDecimal(BigInt(mc), DECIMALS_MAX);
}

/** Tell whether an account is nearly spent: less than a tenth of it is free. */
export function isLow({ available_mc, balance_mc }: Credits): boolean {
  return available_mc <= 0 || available_mc * 100 < balance_mc * LOW_PERCENT;
}

/** Return what a computation comes to, from its terms alone: in whole numbers, rounded up once, at the end. */
export function recomputeCost({ terms, divisor }: Pick<Cost, 'terms' | 'divisor'>): number {
  const sum = terms.reduce((total, term) => total + product(term), 0n);
  const by = BigInt(divisor);
  return Number((sum + by - 1n) / by);
}

/** Return what one line of a computation comes to in credits, not rounded: all decimals that it has. */
export function exactTerm(term: CostTerm, divisor: number): string {
  return exactDecimal(product(term), Math.round(Math.log10(divisor)) + DECIMALS_MAX);
}

/**
 * Tell whether a transaction adds up: its costs follow from their terms, what was charged is the result and at most
 * the hold, and its movements come to just that.
 */
export function addsUp(detail: TransactionDetail): boolean {
  const { estimate, result, entries, held_mc, amount_mc, state } = detail;
  const costs = [estimate, result].filter((cost) => cost !== null);
  if (costs.some((cost) => recomputeCost(cost) !== cost.amount_mc)) return false;
  if (estimate && recomputeCost(estimate) !== held_mc) return false;
  if (state === 'settled' && result && -amount_mc !== Math.min(recomputeCost(result), held_mc)) return false;
  const moved = entries.reduce((sum, entry) => sum + entry.amount_mc, 0);
  const holding = entries.reduce((sum, entry) => sum + entry.held_change_mc, 0);
  return moved === amount_mc && holding === (state === 'held' ? held_mc : 0);
}

function product({ quantity, rate_mc }: CostTerm): bigint {
  return BigInt(quantity) * BigInt(rate_mc);
}

/** Return `number` / 10^`decimals` in full, without trailing zeros. */
function exactDecimal(number: bigint, decimals: number): string {
  const digits = number.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction ? `${whole}.${fraction}` : whole;
}
