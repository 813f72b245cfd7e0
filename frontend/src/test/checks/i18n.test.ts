import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { en } from '@/i18n/en';
import { zhCN } from '@/i18n/zh-CN';
import { readSources, visit } from './sources';

const sources = readSources();
const SHOWN_ATTRIBUTES = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label']);
const WORD = /\p{L}{2,}/u;

function flatten(tree: object, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flatten(value as object, `${prefix}${key}.`),
  ) as [string, string][];
}

const parameters = (sentence: string): string[] => (sentence.match(/\{\w+\}/g) ?? []).sort();

describe('the two languages', () => {
  const english = new Map(flatten(en));

  it.each(flatten(zhCN))('say %s with the same parameters', (key, sentence) => {
    expect(parameters(english.get(key) ?? '')).toEqual(parameters(sentence));
    expect(english.get(key)).toBeTruthy();
    expect(sentence).toBeTruthy();
  });

  it('hold no sentence that nothing shows', () => {
    const text = [...sources.entries()]
      .filter(([name]) => !name.startsWith('i18n/'))
      .map(([, file]) => file.text)
      .join('\n');
    const unused = flatten(zhCN).filter(([key]) => !key.startsWith('errors.') && !text.includes(`'${key}'`));

    expect(unused.map(([key]) => key)).toEqual([]);
  });
});

describe('JSX', () => {
  it('holds no literal text: every sentence comes from the tables', () => {
    const found: string[] = [];
    for (const [name, file] of sources) {
      visit(file, (node) => {
        if (ts.isJsxText(node) && WORD.test(node.text)) found.push(`${name}: ${node.text.trim()}`);
        if (
          ts.isJsxAttribute(node) &&
          SHOWN_ATTRIBUTES.has(node.name.getText()) &&
          node.initializer &&
          ts.isStringLiteral(node.initializer) &&
          WORD.test(node.initializer.text)
        )
          found.push(`${name}: ${node.getText()}`);
      });
    }

    expect(found).toEqual([]);
  });
});
