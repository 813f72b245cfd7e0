import type { Token, Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { mixTexts, numbers, TEXTS } from '@/test/markdownTexts';
import { EMPTY_DOCUMENT, growDocument, type MarkdownDocument } from './growDocument';
import { lex } from './lexer';

/** Return tokens as they mean: neighbouring texts are one text, wherever it was cut. */
function meaning(tokens: Token[]): unknown[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if (token.type === 'text' && last?.type === 'text' && !('tokens' in token) && !('tokens' in last))
      joined[joined.length - 1] = {
        ...last,
        raw: last.raw + token.raw,
        text: (last as Tokens.Text).text + (token as Tokens.Text).text,
      } as Token;
    else joined.push(token);
  }
  return joined.map((token) => inner(token));
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === 'tokens' ? meaning(part as Token[]) : inner(part),
    ]),
  );
}

function read(text: string): unknown[] {
  return meaning(lex(text, {}).tokens);
}

function growBy(text: string, sizes: () => number, look: (document: MarkdownDocument) => void): void {
  let document = EMPTY_DOCUMENT;
  for (let end = 0; end < text.length; ) {
    end = Math.min(text.length, end + sizes());
    document = growDocument(document, text.slice(0, end));
    look(document);
  }
}

const LONG = 300;
const MANY_TEXTS_MS = 120_000;

function expectWhole(document: MarkdownDocument): void {
  expect(meaning(document.tokens), JSON.stringify(document.text)).toEqual(read(document.text));
}

describe('a growing document', () => {
  it(
    'is at every character what the text so far is',
    () => {
      for (const text of TEXTS.filter((each) => each.length < LONG)) growBy(text, () => 1, expectWhole);
    },
    MANY_TEXTS_MS,
  );

  it(
    'is the same for every way to cut a text',
    () => {
      const next = numbers(7);
      for (const text of [...TEXTS.filter((each) => each.length >= LONG), ...mixTexts(300, 11)])
        growBy(text, () => 1 + next(40), expectWhole);
    },
    MANY_TEXTS_MS,
  );

  it('reads a text anew that does not go on from the one before', () => {
    const before = growDocument(EMPTY_DOCUMENT, '# One\n\ntext\n\nmore');

    expect(growDocument(before, '# Two')).toEqual(growDocument(EMPTY_DOCUMENT, '# Two'));
  });

  it('lets a reference mean something as soon as it is defined, wherever it stands', () => {
    const before = growDocument(EMPTY_DOCUMENT, 'See [here].\n\nOther\n\n');
    const after = growDocument(before, `${before.text}[here]: https://example.org\n`);

    expect(after.tokens[0]).not.toBe(before.tokens[0]);
    expect(after.tokens[2]).toBe(before.tokens[2]);
    expect(meaning(after.tokens)).toEqual(read(after.text));
  });
});

/** What is finished inside an open block, by kind: the text of one that goes on, and how to find its finished things. */
const OPEN: [string, string, string, (token: Token) => unknown[]][] = [
  ['items of a list', '- item\n'.repeat(50), '- more', (token) => (token as Tokens.List).items],
  [
    'rows of a table',
    `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(50)}`,
    '| 3 | 4 |',
    (token) => (token as Tokens.Table).rows,
  ],
  ['blocks of a quote', '> para\n>\n'.repeat(50), '> more', (token) => (token as Tokens.Blockquote).tokens],
  [
    'items of a list in a quote',
    '> - item\n'.repeat(50),
    '> - more',
    (token) => ((token as Tokens.Blockquote).tokens[0] as Tokens.List).items,
  ],
  [
    'sentences of a paragraph',
    'Some words with **stress** and `code` in them. '.repeat(50),
    'And more',
    (token) => (token as Tokens.Paragraph).tokens,
  ],
];

describe('an open block', () => {
  it.each(OPEN)('keeps the finished %s as they are', (_, text, more, finished) => {
    const before = growDocument(growDocument(EMPTY_DOCUMENT, text.slice(0, -20)), text);
    const after = growDocument(before, text + more);
    const [was, is] = [before, after].map(({ tokens }) => finished(tokens[0] as Token));

    const kept = was?.filter((part) => is?.includes(part)).length ?? 0;
    expect(kept).toBeGreaterThan((was?.length ?? 0) * 0.7);
    expect(meaning(after.tokens)).toEqual(read(after.text));
  });
});
