import type { Token, Tokens } from 'marked';
import type { Resume } from './resume';

/** A paragraph is cut at most this often, so that it does not become a heap of crumbs. */
const PIECE_CHARS = 512;
/** Begins the rest as a paragraph; any word would do. */
const LEAD = 'x ';

// Signs that may still begin something, or make a table of a line. An underscore inside a word does neither.
const UNDECIDED = /[*~`[<$\\|]|(?:^|[^\p{L}\p{N}])_|_(?:$|[^\p{L}\p{N}])/u;
const IDEOGRAPH = /[\u3001-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uff60]/;
const LETTER = /\p{L}/u;

/** Read on from a place where everything before it is decided: between words, or between ideographs. */
export function resumeParagraph(paragraph: Tokens.Paragraph): Resume | null {
  const cut = findCut(paragraph);
  if (!cut) return null;
  return {
    at: cut.at,
    lead: LEAD,
    join: (token) => {
      const fresh = token as Tokens.Paragraph;
      if (token.type !== 'paragraph') return null;
      const rest = withoutLead(fresh.tokens);
      return (
        rest && {
          ...paragraph,
          raw: paragraph.raw.slice(0, cut.at) + fresh.raw.slice(LEAD.length),
          text: paragraph.text.slice(0, cut.at) + fresh.text.slice(LEAD.length),
          tokens: [...cut.kept, ...rest],
        }
      );
    },
  };
}

interface Cut {
  at: number;
  kept: Token[];
}

function findCut({ text, tokens }: Tokens.Paragraph): Cut | null {
  const limit = Math.floor((text.length - 1) / PIECE_CHARS) * PIECE_CHARS;
  let found: Cut | null = null;
  let start = 0;
  for (const [index, token] of tokens.entries()) {
    const end = start + token.raw.length;
    if (token.type === 'text') {
      if (UNDECIDED.test(token.raw)) break;
      const at =
        token.raw === (token as Tokens.Text).text ? lastPlace(text, start, Math.min(end, limit)) : -1;
      if (at > start)
        found = { at, kept: [...tokens.slice(0, index), cutText(token as Tokens.Text, at - start)] };
    }
    start = end;
    if (start > limit) break;
  }
  return found;
}

/** Return the last place up to an end where a text may be cut. */
function lastPlace(text: string, start: number, end: number): number {
  for (let at = end; at > start + 1; at--) if (isPlace(text, at) && isDecidedLine(text, at)) return at;
  return -1;
}

function isPlace(text: string, at: number): boolean {
  const [beforeLast = '', last = '', next = ''] = [text[at - 2], text[at - 1], text[at]];
  if (last === ' ') return /[^\s\\]/.test(beforeLast) && /[\p{L}\p{N}]/u.test(next);
  return IDEOGRAPH.test(last) && IDEOGRAPH.test(next);
}

/** A line with a letter in it continues the paragraph, whatever else it gets. */
function isDecidedLine(text: string, at: number): boolean {
  return LETTER.test(text.slice(text.lastIndexOf('\n', at - 1) + 1, at));
}

function cutText(token: Tokens.Text, length: number): Token {
  if (length === token.raw.length) return token;
  return { ...token, raw: token.raw.slice(0, length), text: token.text.slice(0, length) };
}

function withoutLead(tokens: Token[]): Token[] | null {
  const [first, ...rest] = tokens;
  if (first?.type !== 'text' || !first.raw.startsWith(LEAD)) return null;
  const text = first as Tokens.Text;
  const raw = first.raw.slice(LEAD.length);
  return raw ? [{ ...text, raw, text: text.text.slice(LEAD.length) }, ...rest] : rest;
}
