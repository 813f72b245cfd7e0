import { describe, expect, it } from 'vitest';
import { languageOf, speakablePieces } from './speakable';

describe('what is read aloud', () => {
  it('is the words, without the signs of Markdown', () => {
    expect(
      speakablePieces('# Tea\n\nDrink *it* **warm**, see [here](https://x.org).\n\n- one\n- `two`'),
    ).toEqual(['Tea', 'Drink it warm, see here.', 'one', 'two']);
  });

  it.each(['```js\nalert(1)\n```', '$$x^2$$', '![a picture](x.png)', '---', '<b>', '', '***'])(
    'leaves out %s',
    (text) => {
      expect(speakablePieces(text)).toEqual([]);
    },
  );

  it('reads tables row by row, and what is quoted', () => {
    expect(speakablePieces('> 慢一点。\n\n| 茶 | 克 |\n|---|---|\n| 乌龙 | 5 |')).toEqual([
      '慢一点。',
      '茶, 克',
      '乌龙, 5',
    ]);
  });

  it('comes sentence by sentence', () => {
    expect(speakablePieces('水温九十度。泡三分钟！好了吗？')).toEqual([
      '水温九十度。',
      '泡三分钟！',
      '好了吗？',
    ]);
    expect(speakablePieces('It takes 3.5 minutes. Then pour.')).toEqual([
      'It takes 3.5 minutes.',
      'Then pour.',
    ]);
  });

  it('comes in pieces that no browser stops in', () => {
    const words = '山、水、'.repeat(200) + '长'.repeat(500);
    const pieces = speakablePieces(words);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(180);
    expect(pieces.join('')).toBe(words);
  });
});

describe('the language of a text', () => {
  it.each([
    ['雾里看茶', 'zh-CN'],
    ['用 Python 写', 'zh-CN'],
    ['お茶をどうぞ', 'ja-JP'],
    ['차 한 잔', 'ko-KR'],
    ['Чай готов', 'ru-RU'],
    ['A cup of tea', 'en-GB'],
  ])('of %s is %s', (text, language) => {
    expect(languageOf(text, 'en-GB')).toBe(language);
  });
});
