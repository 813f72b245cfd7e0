import type { Asset } from '@/types';
import type { DraftShot, Storyboard } from '@/types/storyboard';

const KEY = 'latent.boards';
const NEW = 'new';
/** Of how many conversations a storyboard is kept, how many shots of each, and how much of their words. */
const BOARDS_MAX = 20;
const SHOTS_MAX = 20;
const CHARS_MAX = 2_000;
const SECONDS_MAX = 60;

/** Return the storyboards that were left unsent, by conversation; what is broken is left out. */
export function readBoards(): Record<string, Storyboard> {
  let saved: unknown;
  try {
    saved = JSON.parse(localStorage.getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
  const boards = Object.entries(asObject(saved)).slice(-BOARDS_MAX);
  return Object.fromEntries(boards.map(([key, board]) => [key, readBoard(board)]));
}

/** Keep the storyboards that are not sent yet; those changed last stand last, empty ones are forgotten. */
export function writeBoards(boards: Record<string, Storyboard>): void {
  const kept = Object.entries(boards)
    .filter(([, board]) => board.shots.length > 0)
    .slice(-BOARDS_MAX);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // A full or closed store: the storyboards then live as long as the page.
  }
}

/** Return under which name a conversation's storyboard is kept (null: of the one not begun yet). */
export function boardKey(conversationId: string | null): string {
  return conversationId ?? NEW;
}

function readBoard(saved: unknown): Storyboard {
  const { isOn, continuous, shots } = asObject(saved);
  return {
    isOn: isOn === true,
    continuous: continuous === true,
    shots: Array.isArray(shots) ? shots.slice(0, SHOTS_MAX).flatMap(readShot) : [],
  };
}

function readShot(saved: unknown): DraftShot[] {
  const { id, prompt, seconds, picture } = asObject(saved);
  if (typeof id !== 'string' || typeof prompt !== 'string' || !isSeconds(seconds)) return [];
  return [{ id, prompt: prompt.slice(0, CHARS_MAX), seconds, picture: isPicture(picture) ? picture : null }];
}

function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= SECONDS_MAX;
}

/** Tell whether something can be shown and sent as a picture; whether the server still has it is seen then. */
function isPicture(value: unknown): value is Asset {
  const { id, kind, name, has_thumbnail } = asObject(value);
  return (
    typeof id === 'string' &&
    kind === 'image' &&
    typeof name === 'string' &&
    typeof has_thumbnail === 'boolean'
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
