import type { MediaCapabilities, Reference, Shot } from '@/types';
import type { DraftShot, Storyboard } from '@/types/storyboard';

const LENGTHS = ['seconds', 'n_frames'];
const USUAL_SECONDS = 5;
const FIRST_SHOTS = 2;
/** The most that the server takes, whatever the model. */
const SHOT_CHARS_MAX = 2_000;

export const NO_BOARD: Storyboard = { isOn: false, continuous: false, shots: [] };

/** Tell whether a model makes films of several shots. */
export function makesStoryboards(media: MediaCapabilities | null): boolean {
  return media !== null && (media.shots !== null || media.clips !== null);
}

/** Tell whether each shot has to be a clip of its own: it begins somewhere that one call cannot be told. */
export function needsClips({ continuous, shots }: Storyboard): boolean {
  return continuous || shots.some((shot) => shot.picture !== null);
}

/** Return how many shots a film may have. */
export function shotsMax({ shots, clips }: MediaCapabilities): number {
  return Math.max(shots?.most ?? 0, clips?.most ?? 0);
}

/** Return how many characters a shot's words may have. */
export function shotCharsMax({ shots, clips }: MediaCapabilities): number {
  const ofClip = clips ? (clips.prompt_chars ?? SHOT_CHARS_MAX) : 0;
  return Math.min(SHOT_CHARS_MAX, Math.max(shots?.prompt_chars ?? 0, ofClip));
}

/** Return how long a shot may be, in seconds, shortest first. */
export function secondsChoices({ shots, clips }: MediaCapabilities, asClips: boolean): number[] {
  const inOneCall = shots && !asClips ? range(shots.seconds_min, shots.seconds_max) : [];
  return [...new Set([...inOneCall, ...(clips?.seconds ?? [])])].sort((a, b) => a - b);
}

/** Return in which role a shot's picture is handed in; null where a shot takes none. */
export function pictureRole({ clips, references }: MediaCapabilities): Reference['role'] | null {
  if (!clips) return null;
  const takes = (role: Reference['role']): boolean =>
    references.some((rule) => rule.role === role && rule.kind === 'image' && rule.most > 0);
  return takes('first_frame') ? 'first_frame' : takes('reference') ? 'reference' : null;
}

/** Return the board as a model can take it: lengths and words that it takes, pictures only where there is a place. */
export function fitBoard(board: Storyboard, media: MediaCapabilities): Storyboard {
  const role = pictureRole(media);
  const shots = board.shots
    .slice(0, shotsMax(media))
    .map((shot) => (role || !shot.picture ? shot : { ...shot, picture: null }));
  const fitted = { ...board, continuous: board.continuous && (media.clips?.continuous ?? false), shots };
  const choices = secondsChoices(media, needsClips(fitted));
  return {
    ...fitted,
    shots: shots.map((shot) => ({ ...shot, seconds: nearest(choices, shot.seconds) })),
  };
}

/** Return what is ordered by a board; how it is made is left to the server where both ways are open. */
export function orderOfBoard(
  board: Storyboard,
  media: MediaCapabilities,
): { shots: Shot[]; chain: true | null; continuous: boolean } {
  const fitted = fitBoard(board, media);
  const role = pictureRole(media);
  const shots = fitted.shots.map(({ prompt, seconds, picture }) => ({
    prompt: prompt.trim(),
    seconds,
    references: picture && role ? [{ asset_id: picture.id, role }] : [],
  }));
  return { shots, chain: needsClips(fitted) || null, continuous: fitted.continuous };
}

/** Return the number of the first shot without words; null when all have some. */
export function emptyShot({ shots }: Storyboard): number | null {
  const index = shots.findIndex((shot) => !shot.prompt.trim());
  return index < 0 ? null : index + 1;
}

/** Return how long the film will be. */
export function totalSeconds(shots: readonly { seconds: number }[]): number {
  return shots.reduce((sum, shot) => sum + shot.seconds, 0);
}

/** Return a shot to write, as long as the one before it. */
export function createShot(before: DraftShot | undefined): DraftShot {
  return { id: crypto.randomUUID(), prompt: '', seconds: before?.seconds ?? USUAL_SECONDS, picture: null };
}

/** Return a board that is on and has shots to write. */
export function turnOn(board: Storyboard): Storyboard {
  if (board.shots.length > 0) return { ...board, isOn: true };
  return { ...board, isOn: true, shots: Array.from({ length: FIRST_SHOTS }, () => createShot(undefined)) };
}

/** Return a list with one of its items somewhere else. */
export function moveItem<T>(items: readonly T[], from: number, to: number): T[] {
  const moved = [...items];
  const [item] = moved.splice(from, 1);
  if (item !== undefined) moved.splice(Math.min(Math.max(to, 0), moved.length), 0, item);
  return moved;
}

/** Return what a model takes beside a storyboard: not the length, which its shots decide, and no end of the film. */
export function forStoryboard(media: MediaCapabilities): MediaCapabilities {
  return {
    ...media,
    options: media.options.filter((option) => !LENGTHS.includes(option.name)),
    references: media.references.filter((rule) => rule.role !== 'last_frame'),
  };
}

function nearest(choices: number[], seconds: number): number {
  return choices.reduce(
    (best, choice) => (Math.abs(choice - seconds) < Math.abs(best - seconds) ? choice : best),
    choices[0] ?? seconds,
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
