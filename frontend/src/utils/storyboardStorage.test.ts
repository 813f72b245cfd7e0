import { describe, expect, it } from 'vitest';
import type { Storyboard } from '@/types/storyboard';
import { boardKey, readBoards, writeBoards } from './storyboardStorage';

const board = (prompt: string): Storyboard => ({
  isOn: true,
  continuous: true,
  shots: [{ id: '1', prompt, seconds: 4, picture: null }],
});

describe('storyboards that are not sent', () => {
  it('are kept by conversation, without those that are empty', () => {
    writeBoards({ [boardKey(null)]: board('a'), c1: board('b'), c2: { ...board(''), shots: [] } });

    expect(readBoards()).toEqual({ new: board('a'), c1: board('b') });
  });

  it('are bounded: those changed last stay', () => {
    writeBoards(Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`c${index}`, board('a')])));

    expect(Object.keys(readBoards())).toEqual(Array.from({ length: 20 }, (_, index) => `c${index + 5}`));
  });

  it.each([
    'not JSON',
    'null',
    '[]',
    '{"c1": 7}',
    '{"c1": {"shots": "x"}}',
    '{"c1": {"shots": [null, {"id": 1}]}}',
  ])('have no shots where storage holds %s', (text) => {
    localStorage.setItem('latent.boards', text);

    expect(Object.values(readBoards()).flatMap(({ shots }) => shots)).toEqual([]);
  });

  it('lose what cannot be a picture, a length or so many words', () => {
    const shot = { id: '1', prompt: 'a'.repeat(3000), seconds: 4, picture: { id: 'p', kind: 'video' } };
    localStorage.setItem('latent.boards', JSON.stringify({ c1: { shots: [shot, { ...shot, seconds: 0 }] } }));

    expect(readBoards().c1?.shots).toEqual([{ ...shot, prompt: 'a'.repeat(2000), picture: null }]);
  });
});
