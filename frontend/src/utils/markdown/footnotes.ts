import type { Token, TokenizerAndRendererExtension } from 'marked';

/** A note under a text (`[^1]: words`), and the sign that leads to it (`[^1]`). */
export interface FootnoteToken {
  type: 'footnote' | 'footnoteSign';
  raw: string;
  label: string;
  tokens?: Token[];
}

const NOTE = /^ {0,3}\[\^([^\]\s]{1,40})\]:[ \t]*([^\n]+(?:\n(?! {0,3}\[\^)[ \t]*[^\s][^\n]*)*)/;
const SIGN = /^\[\^([^\]\s]{1,40})\]/;

export const footnote: TokenizerAndRendererExtension = {
  name: 'footnote',
  level: 'block',
  start: (source) => {
    const index = source.search(/\n {0,3}\[\^[^\]\s]+\]:/);
    return index < 0 ? undefined : index + 1;
  },
  tokenizer(source): FootnoteToken | undefined {
    const found = NOTE.exec(source);
    if (!found) return undefined;
    const [raw, label = '', text = ''] = found;
    return { type: 'footnote', raw, label, tokens: this.lexer.inline(text) };
  },
  childTokens: ['tokens'],
};

export const footnoteSign: TokenizerAndRendererExtension = {
  name: 'footnoteSign',
  level: 'inline',
  start: (source) => {
    const index = source.indexOf('[^');
    return index < 0 ? undefined : index;
  },
  tokenizer: (source): FootnoteToken | undefined => {
    const found = SIGN.exec(source);
    return found ? { type: 'footnoteSign', raw: found[0], label: found[1] ?? '' } : undefined;
  },
};
