import type { MediaTask } from '@/types';

/** How a result stands, as its place shows it. */
export type DevelopingPhase = 'queued' | 'starting' | 'developing' | 'saving' | 'failed' | 'cancelled';

/** From here on the time that is left can be told from the time that has gone. */
const TOLD_FROM_PERCENT = 5;
const STEP_PERCENT = 25;

/** Return how a task stands; with `paused` work waits as in a queue. */
export function phaseOf({ state, progress }: Pick<MediaTask, 'state' | 'progress'>): DevelopingPhase {
  switch (state) {
    case 'waiting':
      return 'queued';
    case 'queued':
    case 'submitting':
    case 'unconfirmed':
      return 'starting';
    case 'running':
      return progress === null ? 'starting' : 'developing';
    case 'saving':
    case 'completed':
      return 'saving';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
  }
}

/** Return up to where something has developed, in percent; null while nobody can tell. */
export function levelOf(phase: DevelopingPhase, progress: number | null): number | null {
  if (phase === 'developing') return progress ?? 0;
  return phase === 'saving' ? 100 : null;
}

/** Tell whether a task can still be cancelled: as long as no provider works on it. */
export function isCancellable({ state }: Pick<MediaTask, 'state'>): boolean {
  return state === 'waiting' || state === 'queued';
}

/** Return about how many seconds are left, by how long it took until now; null while nobody can tell. */
export function secondsLeft(
  { progress, started_at }: Pick<MediaTask, 'progress' | 'started_at'>,
  nowMs: number,
): number | null {
  if (progress === null || progress < TOLD_FROM_PERCENT || progress >= 100 || !started_at) return null;
  const goneMs = nowMs - Date.parse(started_at);
  if (goneMs <= 0) return null;
  return Math.max(1, Math.round((goneMs * (100 - progress)) / progress / 1000));
}

/** Return the step that is read aloud: every 25 percent. */
export function announcedStep(progress: number | null): number {
  return Math.floor((progress ?? 0) / STEP_PERCENT) * STEP_PERCENT;
}
