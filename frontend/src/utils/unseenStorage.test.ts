import { describe, expect, it } from 'vitest';
import { changeMarks, readMarks, type UnseenMark } from './unseenStorage';

const mark = (id: string): UnseenMark => ({ id, kind: 'image', conversationId: null });

describe('marks', () => {
  it('are set once and cleared, each account for itself', () => {
    changeMarks('a', [mark('1'), mark('2')], []);
    changeMarks('b', [mark('3')], []);
    changeMarks('a', [mark('2')], ['1']);

    expect(readMarks('a')).toEqual([mark('2')]);
    expect(readMarks('b')).toEqual([mark('3')]);
  });

  it('are bounded: the newest stay, of the accounts used last', () => {
    changeMarks(
      'a',
      Array.from({ length: 70 }, (_, index) => mark(String(index))),
      [],
    );
    expect(readMarks('a').map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, i) => String(i + 10)));

    for (let account = 0; account < 8; account++) changeMarks(`account ${account}`, [mark('x')], []);
    expect(readMarks('a')).toEqual([]);
    expect(readMarks('account 0')).toEqual([mark('x')]);
  });

  it.each([
    'not JSON',
    'null',
    '[]',
    '{"a": 1}',
    '{"a": [null, 7, {"id": ""}, {"id": "1", "kind": "song", "conversationId": null}]}',
  ])('are none where storage holds %s', (text) => {
    localStorage.setItem('latent.unseen', text);

    expect(readMarks('a')).toEqual([]);
    changeMarks('a', [mark('1')], []);
    expect(readMarks('a')).toEqual([mark('1')]);
  });
});
