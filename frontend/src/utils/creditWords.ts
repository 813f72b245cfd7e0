import type { MessageKey } from '@/i18n';
import type { ChargingRule, CreditEntry, Transaction } from '@/types';

/** The sentence for each situation of the charging table. */
export const SITUATIONS: Record<string, MessageKey> = {
  complete: 'charging.complete',
  complete_counted: 'charging.completeCounted',
  stopped_early: 'charging.stoppedEarly',
  stopped: 'charging.stopped',
  viewer_left: 'charging.viewerLeft',
  failed_early: 'charging.failedEarly',
  failed: 'charging.failed',
  process_died: 'charging.processDied',
  moderated: 'charging.moderated',
  media_stored: 'charging.mediaStored',
  media_failed: 'charging.mediaFailed',
  cancelled_waiting: 'charging.cancelledWaiting',
  cancelled_running: 'charging.cancelledRunning',
  cancel_refused: 'charging.cancelRefused',
  download_retrying: 'charging.downloadRetrying',
  download_lost: 'charging.downloadLost',
  unconfirmed: 'charging.unconfirmed',
  unconfirmed_expired: 'charging.unconfirmedExpired',
  repeated: 'charging.repeated',
  price_changed: 'charging.priceChanged',
};

export const RULES: Record<ChargingRule['rule'], MessageKey> = {
  usage: 'charging.ruleUsage',
  counted: 'charging.ruleCounted',
  price: 'charging.rulePrice',
  nothing: 'charging.ruleNothing',
  keep: 'charging.ruleKeep',
  unchanged: 'charging.ruleUnchanged',
};

export const KINDS: Record<Transaction['kind'], MessageKey> = {
  charge: 'ledger.charge',
  grant: 'ledger.grant',
  deduct: 'ledger.deduct',
  adjust: 'ledger.adjust',
};

export const STATES: Record<Transaction['state'], MessageKey> = {
  held: 'ledger.held',
  settled: 'ledger.settled',
  returned: 'ledger.returned',
};

export const STEPS: Record<CreditEntry['step'], MessageKey> = {
  hold: 'explain.stepHold',
  settle: 'explain.stepSettle',
  return: 'explain.stepReturn',
  grant: 'explain.stepGrant',
  deduct: 'explain.stepDeduct',
  adjust: 'explain.stepAdjust',
};

/** The lines of a computation. */
export const TERMS: Record<string, MessageKey> = {
  input: 'explain.input',
  cached: 'explain.cached',
  output: 'explain.output',
  reasoning: 'explain.reasoning',
  images: 'explain.images',
  seconds: 'explain.seconds',
  calls: 'explain.calls',
};

/** Reasons that the product itself writes; those of people are shown as they are. */
export const REASONS: Record<string, MessageKey> = {
  'start credits': 'ledger.start',
  chat: 'ledger.chat',
};
