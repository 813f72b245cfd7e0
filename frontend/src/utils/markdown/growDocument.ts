import type { Links, Token } from 'marked';
import { lex } from './lexer';
import { openBlock } from './openBlock';
import { changedLabels, collectLinks, mentions } from './references';
import { planResume } from './resume';

/** A text and its blocks. Blocks that more text can't change keep their identity while the text grows. */
export interface MarkdownDocument {
  text: string;
  tokens: Token[];
  /** Where reading goes on: the first block that may still change, and the start of its source. */
  open: { index: number; offset: number };
  /** What all references lead to, and what those that are defined before the open block lead to. */
  links: Links;
  closedLinks: Links;
}

export const EMPTY_DOCUMENT: MarkdownDocument = {
  text: '',
  tokens: [],
  open: { index: 0, offset: 0 },
  links: {},
  closedLinks: {},
};

/**
 * Return the document of a text, from the one of its beginning. Only what may still change is read; the blocks are
 * the same as if the whole text had been read at once.
 */
export function growDocument(before: MarkdownDocument, text: string): MarkdownDocument {
  const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  if (source === before.text) return before;
  const start = source.startsWith(before.text) ? before : EMPTY_DOCUMENT;
  const kept = start.tokens.slice(0, start.open.index);
  let { fresh, links, block } = readOn(start, source, true);
  const changed = changedLabels(start.links, links);
  if (changed.length > 0 && block && mentions(block.raw, changed))
    ({ fresh, links, block } = readOn(start, source, false));
  const tokens = [...(changed.length > 0 ? refer(kept, changed, links) : kept), ...fresh];
  const open = openBlock(tokens, source);
  const closedLinks = { ...start.closedLinks };
  collectLinks(tokens.slice(start.open.index, open.index), closedLinks);
  return { text: source, tokens, open, links, closedLinks };
}

interface ReadOn {
  fresh: Token[];
  links: Links;
  /** The open block in which the reading went on; undefined if it was read from its start. */
  block: Token | undefined;
}

function readOn(start: MarkdownDocument, source: string, inside: boolean): ReadOn {
  const block = start.tokens[start.open.index];
  const resume = inside && block ? planResume(block) : null;
  if (resume) {
    const { tokens, links } = lex(
      resume.lead + source.slice(start.open.offset + resume.at),
      start.closedLinks,
    );
    const [first, ...rest] = tokens;
    const joined = first ? resume.join(first) : null;
    if (joined) return { fresh: [joined, ...rest], links, block };
  }
  const { tokens, links } = lex(source.slice(start.open.offset), start.closedLinks);
  return { fresh: tokens, links, block: undefined };
}

/** Read blocks again whose references lead elsewhere now. */
function refer(tokens: Token[], changed: string[], links: Links): Token[] {
  return tokens.map((token) => {
    if (!mentions(token.raw, changed)) return token;
    const [again] = lex(token.raw, links).tokens;
    return again ? { ...again, raw: token.raw } : token;
  });
}
