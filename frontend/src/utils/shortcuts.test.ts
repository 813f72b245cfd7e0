import { afterEach, describe, expect, it } from 'vitest';
import { zhCN } from '@/i18n/zh-CN';
import { keyNames, matchShortcut, SHORTCUTS } from './shortcuts';

function press(key: string, options: KeyboardEventInit = {}, where: Element = document.body): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options });
  where.dispatchEvent(event);
  return event;
}

function add(html: string): Element {
  document.body.innerHTML = html;
  return document.body.firstElementChild ?? document.body;
}

afterEach(() => {
  document.body.innerHTML = '';
});

describe('a key', () => {
  it('is the shortcut of the table', () => {
    expect(matchShortcut(press('?', { shiftKey: true }))).toBe('list');
    expect(matchShortcut(press('g'))).toBe('gallery');
    expect(matchShortcut(press('K', { ctrlKey: true }))).toBe('newConversation');
    expect(matchShortcut(press('k', { metaKey: true }))).toBe('newConversation');
    expect(matchShortcut(press('k'))).toBeNull();
    expect(matchShortcut(press('g', { ctrlKey: true }))).toBeNull();
    expect(matchShortcut(press('g', { altKey: true }))).toBeNull();
  });

  it.each(['<input>', '<textarea></textarea>', '<select></select>', '<p contenteditable="true"></p>'])(
    'is a letter in %s; with Ctrl it is a shortcut there as well',
    (html) => {
      const field = add(html);
      expect(matchShortcut(press('g', {}, field))).toBeNull();
      expect(matchShortcut(press('?', {}, field))).toBeNull();
      expect(matchShortcut(press('k', { ctrlKey: true }, field))).toBe('newConversation');
    },
  );

  it('chooses a word while an input method composes', () => {
    expect(matchShortcut(press('g', { isComposing: true }))).toBeNull();
    expect(matchShortcut(press('g', { keyCode: 229 }))).toBeNull();
  });

  it.each(['dialog', 'alertdialog', 'menu'])('belongs to an open %s', (role) => {
    add(`<div role="${role}"></div>`);
    expect(matchShortcut(press('g'))).toBeNull();
  });

  it('that somebody took already is done with', () => {
    const event = new KeyboardEvent('keydown', { key: 'g', cancelable: true });
    event.preventDefault();
    expect(matchShortcut(event)).toBeNull();
  });
});

describe('the table', () => {
  it('gives no two shortcuts the same keys', () => {
    const taken = SHORTCUTS.filter(({ id }) => id).flatMap(({ keys, mod }) =>
      keys.map((key) => `${mod}${key}`),
    );
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('has a name for each', () => {
    for (const { name, group } of SHORTCUTS)
      for (const key of [name, group]) {
        const [place, word] = key.split('.') as [keyof typeof zhCN, string];
        expect((zhCN[place] as Record<string, unknown>)[word]).toBeTruthy();
      }
  });

  it('writes keys as they stand on the keyboard', () => {
    const written = SHORTCUTS.map(keyNames);
    expect(written).toContainEqual(['Ctrl', 'K']);
    expect(written).toContainEqual(['Shift', 'Enter']);
    expect(written).toContainEqual(['←', '→', '↑', '↓']);
  });
});
