import type { Token, Tokens } from 'marked';
import { type OpenBlock, openBlock } from './openBlock';
import type { Resume } from './resume';

type Plan = (token: Token) => Resume | null;

/**
 * Read on from the line in which the quote's own open block begins, or reads on. A quote's text is its source without
 * the signs, line by line, so a line of the one is a line of the other.
 */
export function resumeQuote(quote: Tokens.Blockquote, plan: Plan): Resume | null {
  // With tabs, lazy lines or references in it, its lines can't be told from each other so simply.
  if (/\t|\]:/.test(quote.raw) || lengthOf(quote.tokens) !== quote.text.length) return null;
  const { index, offset } = blockAtLineStart(quote);
  const block = quote.tokens[index];
  if (!block) return null;
  const inner = block.type === 'list' ? plan(block) : null;
  const innerAt = offset + (inner?.at ?? 0);
  const at = startOfLine(quote.raw, countLines(quote.text, innerAt));
  if (at <= 0 || !/^ {0,3}>/.test(quote.raw.slice(at, at + 4))) return null;
  const kept = quote.tokens.slice(0, index);
  return {
    at,
    lead: '',
    join: (token) => {
      if (token.type !== 'blockquote') return null;
      const fresh = token as Tokens.Blockquote;
      const [first, ...rest] = fresh.tokens;
      const joined = inner && first ? inner.join(first) : first;
      if (inner && !joined) return null;
      return {
        ...quote,
        raw: quote.raw.slice(0, at) + fresh.raw,
        text: quote.text.slice(0, innerAt) + fresh.text,
        tokens: [...kept, ...(joined ? [joined] : []), ...rest],
      };
    },
  };
}

function lengthOf(tokens: Token[]): number {
  return tokens.reduce((sum, token) => sum + token.raw.length, 0);
}

function blockAtLineStart(quote: Tokens.Blockquote): OpenBlock {
  let { index, offset } = openBlock(quote.tokens, quote.text);
  while (offset > 0 && quote.text[offset - 1] !== '\n') offset -= quote.tokens[--index]?.raw.length ?? offset;
  return { index, offset };
}

function countLines(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let count = 0; count < line; count++) {
    at = text.indexOf('\n', at) + 1;
    if (at === 0) return -1;
  }
  return at;
}
