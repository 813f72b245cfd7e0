import type { TokenizerAndRendererExtension } from 'marked';

/** A formula: `$x$` and `\(x\)` in a line, `$$x$$` and `\[x\]` on lines of their own. */
export interface MathsToken {
  type: 'maths' | 'mathsBlock';
  raw: string;
  tex: string;
  display: boolean;
  /** A formula without its end is shown as it is written. */
  closed: boolean;
}

const BLOCK_START = /^ {0,3}(?:(\$\$)|\\\[)/;
const BLANK_LINE = /\n[ \t]*\n/;
const REST_OF_LINE = /^[ \t]*(?:\n|$)/;

/** A formula that begins a line. It ends before a blank line, as a paragraph does; without an end it is still open. */
export const blockMaths: TokenizerAndRendererExtension = {
  name: 'mathsBlock',
  level: 'block',
  start: (source) => {
    const index = source.search(/\n {0,3}(?:\$\$|\\\[)/);
    return index < 0 ? undefined : index + 1;
  },
  tokenizer: (source): MathsToken | undefined => {
    const opening = BLOCK_START.exec(source);
    if (!opening) return undefined;
    const closing = opening[1] ? '$$' : '\\]';
    const end = source.indexOf(closing, opening[0].length);
    const blank = BLANK_LINE.exec(source)?.index ?? -1;
    const tex = (to: number): string => source.slice(opening[0].length, to).trim();
    if (end >= 0 && (blank < 0 || end < blank)) {
      const after = end + closing.length;
      const rest = REST_OF_LINE.exec(source.slice(after, after + 200));
      if (!rest || !tex(end)) return undefined; // words follow in the same line: a formula inside a paragraph
      return { type: 'mathsBlock', raw: source.slice(0, after), tex: tex(end), display: true, closed: true };
    }
    if (blank >= 0 || !/^[ \t]*\n/.test(source.slice(opening[0].length))) return undefined;
    return { type: 'mathsBlock', raw: source, tex: tex(source.length), display: true, closed: false };
  },
};

const DISPLAY = /^\$\$(?!\$)((?:\\[\s\S]|[^\\$])+)\$\$(?!\$)|^\\\[((?:\\(?!\])[\s\S]|[^\\])+)\\\]/;
// As in Pandoc: no blank inside the signs, no digit after them, so that "$5 and $10" are prices.
const INLINE =
  /^\$(?![\s$])((?:\\[^\n]|[^\\$\n])*?(?:\\[^\n]|[^\\$\s]))\$(?![\d$])|^\\\(((?:\\(?!\))[^\n]|[^\\\n])+)\\\)/;

/** A formula inside a paragraph. */
export const inlineMaths: TokenizerAndRendererExtension = {
  name: 'maths',
  level: 'inline',
  start: (source) => {
    const index = source.search(/\$|\\[[(]/);
    return index < 0 ? undefined : index;
  },
  tokenizer: (source): MathsToken | undefined => {
    if (source[0] !== '$' && source[0] !== '\\') return undefined;
    const display = DISPLAY.exec(source);
    const found = display ?? INLINE.exec(source);
    const tex = (found?.[1] ?? found?.[2])?.trim();
    if (!found || !tex) return undefined;
    return { type: 'maths', raw: found[0], tex, display: display !== null, closed: true };
  },
};
