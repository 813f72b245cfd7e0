import type { Token, Tokens } from 'marked';
import type { Resume } from './resume';

const ENDS_WITH_BLANK_LINE = /\n[ \t]*\n[ \t]*$/;
const BLANK_LINE = /\n.*\n/;

/** Read on from the last item: those before it are finished. */
export function resumeList(list: Tokens.List): Resume | null {
  const kept = list.items.slice(0, -1);
  // References defined inside items are looked for in whole lists only.
  if (kept.length === 0 || list.raw.includes(']:')) return null;
  return {
    at: kept.reduce((sum, item) => sum + item.raw.length, 0),
    lead: '',
    join: (fresh) => (isSameKind(list, fresh) ? joinLists(list, kept, fresh as Tokens.List) : null),
  };
}

function isSameKind(list: Tokens.List, fresh: Token): boolean {
  return fresh.type === 'list' && (fresh as Tokens.List).ordered === list.ordered;
}

function joinLists(list: Tokens.List, kept: Tokens.ListItem[], fresh: Tokens.List): Tokens.List | null {
  const loose = fresh.loose || (list.loose && kept.some(makesLoose));
  if (loose !== list.loose) return null; // the finished items change their form: once, all are read again
  const items = loose && !fresh.loose ? fresh.items.map(loosen) : fresh.items;
  const at = kept.reduce((sum, item) => sum + item.raw.length, 0);
  return { ...list, raw: list.raw.slice(0, at) + fresh.raw, items: [...kept, ...items] };
}

/** Whether a list is loose for an item's sake: a blank line in it, or after it. */
function makesLoose(item: Tokens.ListItem): boolean {
  return (
    ENDS_WITH_BLANK_LINE.test(item.raw) ||
    item.tokens.some((token) => token.type === 'space' && BLANK_LINE.test(token.raw))
  );
}

/** Give an item the form that it has in a loose list: its texts are paragraphs, its box stands in the first. */
function loosen(item: Tokens.ListItem): Tokens.ListItem {
  const [box, ...rest] = item.tokens;
  const tokens = box?.type === 'checkbox' ? putBoxInside(box, rest) : item.tokens;
  return {
    ...item,
    loose: true,
    tokens: tokens.map((token) => (token.type === 'text' ? { ...token, type: 'paragraph' } : token)),
  };
}

function putBoxInside(box: Token, rest: Token[]): Token[] {
  const [first, ...others] = rest;
  if (first && (first.type === 'text' || first.type === 'paragraph')) {
    const { raw, text, tokens = [] } = first as Tokens.Paragraph;
    return [{ ...first, raw: box.raw + raw, text: box.raw + text, tokens: [box, ...tokens] }, ...others];
  }
  return [{ type: 'paragraph', raw: box.raw, text: box.raw, tokens: [box] }, ...rest];
}
