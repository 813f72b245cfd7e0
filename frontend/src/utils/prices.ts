import type { Model, Price, TokenPrice } from '@/types';
import { recomputeCost } from './credits';

const TOKENS_PER_RATE = 1_000_000;
/** The largest rate that a price may have: ten million credits. */
export const RATE_MAX_MC = 10 ** 10;

/** Tell whether a price asks for nothing, whatever is used. */
export function isFree(price: Price): boolean {
  return ratesOf(price).every((rate) => rate === 0);
}

/** Return the lowest rate of a price that depends on a choice. */
export function lowestRate(price: Exclude<Price, TokenPrice>): number {
  return Math.min(...ratesOf(price));
}

function ratesOf(price: Price): number[] {
  switch (price.kind) {
    case 'tokens':
      return [price.input_mc, price.output_mc, price.reasoning_mc ?? 0, price.cached_mc ?? 0];
    case 'image':
      return Object.values(price.per_image_mc);
    case 'video':
      return Object.values(price.per_second_mc);
    case 'call':
      return Object.values(price.per_call_mc);
  }
}

/** Return what an answer holds, by the server's rule: prompt and longest answer, thoughts at the dearer rate. */
export function holdOf(price: TokenPrice, promptTokens: number, answerTokens: number): number {
  const terms = [
    { name: 'input', quantity: promptTokens, rate_mc: price.input_mc },
    { name: 'output', quantity: answerTokens, rate_mc: Math.max(price.output_mc, price.reasoning_mc ?? 0) },
  ];
  return recomputeCost({ terms, divisor: TOKENS_PER_RATE });
}

export interface Need {
  promptTokens: number;
  /** The shortest answer that is worth beginning. */
  answerTokens: number;
  availableMc: number;
}

export interface Choice {
  model: Model;
  holdMc: number;
}

/** Return the model that holds the least for a message, if what there is covers it; `exceptId` was refused. */
export function cheapestAffordable(models: Model[], need: Need, exceptId: string | null): Choice | null {
  let best: Choice | null = null;
  for (const model of models) {
    if (!model.available || model.id === exceptId || model.price?.kind !== 'tokens') continue;
    const answer = Math.min(need.answerTokens, model.max_output_tokens ?? need.answerTokens);
    const holdMc = holdOf(model.price, need.promptTokens, answer);
    if (holdMc <= need.availableMc && (best === null || holdMc < best.holdMc)) best = { model, holdMc };
  }
  return best;
}
