import { describe, expect, it } from 'vitest';
import type { Message } from '@/types';
import { createTempMessage } from './messageFactory';
import { newestLeafBelow, readThread } from './messageTree';

function tree(
  ...rows: [id: string, parent: string | null, role: Message['role']][]
): Record<string, Message> {
  return Object.fromEntries(
    rows.map(([id, parent, role], seq) => [id, { ...createTempMessage(id, role, parent), id, seq }]),
  );
}

const TREE = tree(
  ['q1', null, 'user'],
  ['a1', 'q1', 'assistant'],
  ['a1b', 'q1', 'assistant'],
  ['q2', 'a1', 'user'],
  ['a2', 'q2', 'assistant'],
  ['q2b', 'a1', 'user'],
  ['a2b', 'q2b', 'assistant'],
);

describe('readThread', () => {
  it('walks from a leaf up to the beginning', () => {
    expect(readThread(TREE, 'a2').path.map((message) => message.id)).toEqual(['q1', 'a1', 'q2', 'a2']);
    expect(readThread(TREE, 'a2b').path.map((message) => message.id)).toEqual(['q1', 'a1', 'q2b', 'a2b']);
  });

  it('names the versions of answers and of questions', () => {
    const { versions } = readThread(TREE, 'a2b');

    expect(versions.a1).toEqual({ ids: ['a1', 'a1b'], index: 0 });
    expect(versions.q2b).toEqual({ ids: ['q2', 'q2b'], index: 1 });
    expect(versions.a2b).toBeUndefined();
  });

  it('shows what is loaded when the beginning is not', () => {
    const { q1: _gone, ...rest } = TREE;

    expect(readThread(rest, 'a2').path.map((message) => message.id)).toEqual(['a1', 'q2', 'a2']);
  });

  it('is empty without a leaf', () => {
    expect(readThread(TREE, null).path).toEqual([]);
  });
});

describe('newestLeafBelow', () => {
  it.each([
    ['q1', 'a1b'],
    ['a1', 'a2b'],
    ['q2', 'a2'],
    ['a1b', 'a1b'],
  ])('below %s is %s', (id, leaf) => {
    expect(newestLeafBelow(TREE, id)).toBe(leaf);
  });
});
