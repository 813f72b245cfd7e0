import type { MessageKey } from '@/i18n';

export type ShortcutId =
  | 'newConversation'
  | 'search'
  | 'composer'
  | 'gallery'
  | 'sidebar'
  | 'settings'
  | 'list';

interface Shortcut {
  /** What it does; null: the place where it holds does it by itself, it is only listed. */
  id: ShortcutId | null;
  name: MessageKey;
  group: MessageKey;
  /** As `KeyboardEvent.key`, in lower case; a list is for the page that shows it. */
  keys: string[];
  /** With Ctrl, or ⌘ on a Mac: holds while one writes as well. */
  mod?: boolean;
  shift?: boolean;
}

/** Every shortcut there is: what listens to keys and what lists them read this table. */
export const SHORTCUTS: readonly Shortcut[] = [
  {
    id: 'newConversation',
    name: 'sidebar.newConversation',
    group: 'shortcuts.anywhere',
    keys: ['k'],
    mod: true,
  },
  { id: 'search', name: 'search.field', group: 'shortcuts.anywhere', keys: ['/'] },
  { id: 'composer', name: 'shortcuts.composer', group: 'shortcuts.anywhere', keys: ['c'] },
  { id: 'gallery', name: 'gallery.title', group: 'shortcuts.anywhere', keys: ['g'] },
  { id: 'sidebar', name: 'shortcuts.sidebar', group: 'shortcuts.anywhere', keys: ['b'], mod: true },
  { id: 'settings', name: 'sidebar.settings', group: 'shortcuts.anywhere', keys: [','], mod: true },
  { id: 'list', name: 'shortcuts.title', group: 'shortcuts.anywhere', keys: ['?'] },
  { id: null, name: 'shortcuts.send', group: 'shortcuts.writing', keys: ['enter'] },
  { id: null, name: 'shortcuts.newLine', group: 'shortcuts.writing', keys: ['enter'], shift: true },
  {
    id: null,
    name: 'shortcuts.move',
    group: 'shortcuts.works',
    keys: ['arrowleft', 'arrowright', 'arrowup', 'arrowdown'],
  },
  { id: null, name: 'shortcuts.open', group: 'shortcuts.works', keys: ['enter'] },
  { id: null, name: 'gallery.delete', group: 'shortcuts.works', keys: ['delete'] },
  { id: null, name: 'common.close', group: 'shortcuts.works', keys: ['escape'] },
];

const IME_KEY_CODE = 229;
const WRITTEN_IN = 'input, textarea, select, [contenteditable="true"], [role="textbox"]';
const ABOVE_ALL = '[role="dialog"], [role="alertdialog"], [role="menu"]';

/** Return which shortcut a key press is; null while one writes, composes, or answers a dialog. */
export function matchShortcut(event: KeyboardEvent): ShortcutId | null {
  if (event.isComposing || event.keyCode === IME_KEY_CODE || event.altKey || event.defaultPrevented)
    return null;
  const hasMod = event.ctrlKey || event.metaKey;
  const found = SHORTCUTS.find(
    ({ id, keys, mod = false }) => id && mod === hasMod && keys.includes(event.key.toLowerCase()),
  );
  if (!found?.id || document.querySelector(ABOVE_ALL)) return null;
  if (!found.mod && event.target instanceof Element && event.target.closest(WRITTEN_IN)) return null;
  return found.id;
}

const NAMES: Record<string, string> = {
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
  enter: 'Enter',
  escape: 'Esc',
  delete: 'Del',
};

/** Return how the keys of a shortcut are written on this machine. */
export function keyNames({ keys, mod, shift }: Shortcut): string[] {
  const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  const shown = keys.map((key) => NAMES[key] ?? key.toUpperCase());
  return [...(mod ? [isMac ? '⌘' : 'Ctrl'] : []), ...(shift ? ['Shift'] : []), ...shown];
}
