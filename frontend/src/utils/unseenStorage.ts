import type { TaskKind } from '@/types';

const KEY = 'latent.unseen';
/** How many marks are kept of an account, and of how many accounts. */
const MARKS_MAX = 60;
const ACCOUNTS_MAX = 8;
const ID_CHARS_MAX = 64;
const KINDS: readonly unknown[] = ['chat', 'image', 'video'] satisfies TaskKind[];

/** Something that ended where nobody saw it, or has not ended yet. */
export interface UnseenMark {
  id: string;
  kind: TaskKind;
  conversationId: string | null;
}

type Marks = Record<string, UnseenMark[]>;

/** Return the marks of an account on this browser, oldest first; what is broken is left out. */
export function readMarks(accountId: string): UnseenMark[] {
  return parse(read())[accountId] ?? [];
}

/** Set and clear marks of an account; those of other pages stay. A browser that stores nothing forgets them. */
export function changeMarks(accountId: string, set: UnseenMark[], cleared: string[]): void {
  const { [accountId]: known = [], ...others } = parse(read());
  const gone = new Set([...cleared, ...set.map((mark) => mark.id)]);
  const marks = [...known.filter((mark) => !gone.has(mark.id)), ...set].slice(-MARKS_MAX);
  // The account that was used last stands last.
  const accounts = [...Object.entries(others), [accountId, marks] as const].slice(-ACCOUNTS_MAX);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(accounts)));
  } catch {
    // Private windows and full stores refuse: the marks then live as long as the page.
  }
}

/** Tell of marks that another page has cleared, until the returned function is called. */
export function onMarksCleared(accountId: string, listener: (ids: string[]) => void): () => void {
  const onStorage = ({ key, oldValue, newValue }: StorageEvent): void => {
    if (key !== KEY) return;
    const kept = new Set(parse(newValue)[accountId]?.map((mark) => mark.id));
    const cleared = (parse(oldValue)[accountId] ?? []).filter((mark) => !kept.has(mark.id));
    if (cleared.length > 0) listener(cleared.map((mark) => mark.id));
  };
  window.addEventListener('storage', onStorage);
  return () => window.removeEventListener('storage', onStorage);
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function parse(text: string | null): Marks {
  let saved: unknown;
  try {
    saved = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  if (saved === null || typeof saved !== 'object' || Array.isArray(saved)) return {};
  return Object.fromEntries(
    Object.entries(saved).map(([id, marks]) => [
      id,
      Array.isArray(marks) ? marks.filter(isMark).slice(-MARKS_MAX) : [],
    ]),
  );
}

function isMark(value: unknown): value is UnseenMark {
  if (value === null || typeof value !== 'object') return false;
  const { id, kind, conversationId } = value as Record<string, unknown>;
  return isId(id) && KINDS.includes(kind) && (conversationId === null || isId(conversationId));
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= ID_CHARS_MAX;
}
