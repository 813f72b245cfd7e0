import type { Links, Token, Tokens } from 'marked';

type Children = Token & { tokens?: Token[]; items?: Token[] };

/** Note the references that blocks define, except where an earlier block defined them. */
export function collectLinks(tokens: Token[], into: Links): void {
  for (const token of tokens) {
    if (!token.raw.includes(']:')) continue;
    if (token.type === 'def') {
      const { tag, href, title } = token as Tokens.Def;
      into[tag] ??= { href, title };
    }
    const { tokens: inner, items } = token as Children;
    collectLinks(inner ?? items ?? [], into);
  }
}

/** Return the labels that lead elsewhere than before, or nowhere any more. */
export function changedLabels(before: Links, after: Links): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (label) => before[label]?.href !== after[label]?.href || before[label]?.title !== after[label]?.title,
  );
}

/** Whether a source may refer to one of these labels. */
export function mentions(source: string, labels: string[]): boolean {
  if (!source.includes('[')) return false;
  const flat = source.replace(/\s+/g, ' ').toLowerCase().toUpperCase().toLowerCase();
  return labels.some((label) => flat.includes(label));
}
