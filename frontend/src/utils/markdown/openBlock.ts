import type { Token, Tokens } from 'marked';
import { isClosedCode } from './resumeCode';

export interface OpenBlock {
  index: number;
  /** Where its source begins in the text. */
  offset: number;
}

/**
 * Return the first block that more text may still change. Blocks are decided line by line: a line that is complete
 * has closed what it does not continue. What stands before an unfinished first line may still go on in it.
 */
export function openBlock(tokens: Token[], text: string): OpenBlock {
  const starts = startsOf(tokens);
  let index = tokens.length - 1;
  if (tokens[index]?.type === 'space') {
    if (isFinal(tokens, index - 1) && hasBlankLine(tokens, index, text)) return open(starts, index);
    index--;
  }
  if (index < 0) return { index: 0, offset: 0 };
  if (!text.includes('\n', starts[index])) {
    const before = tokens[index - 1]?.type === 'space' ? index - 2 : index - 1;
    const isClosed =
      isFinal(tokens, before) && (mayBeFollowed(tokens[before]) || hasBlankLine(tokens, index - 1, text));
    if (before >= 0 && !isClosed) index = before;
  }
  // What follows a paragraph, a reference or a note without a blank line may be read as a part of it.
  while (index > 0 && ['paragraph', 'def', 'footnote'].includes(tokens[index - 1]?.type ?? '')) index--;
  return open(starts, index);
}

function open(starts: number[], index: number): OpenBlock {
  return { index, offset: starts[index] ?? 0 };
}

function startsOf(tokens: Token[]): number[] {
  let offset = 0;
  return tokens.map((token) => {
    const start = offset;
    offset += token.raw.length;
    return start;
  });
}

/** Whether nothing that follows, after a blank line, can become a part of a block. */
function isFinal(tokens: Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.type === 'code') return isClosedCode(token as Tokens.Code);
  return ['heading', 'hr', 'mathsBlock', 'footnote', 'paragraph', 'table', 'blockquote'].includes(
    token?.type ?? '',
  );
}

/** Whether a final block needs no blank line after it. */
function mayBeFollowed(token: Token | undefined): boolean {
  return token !== undefined && ['code', 'heading', 'hr'].includes(token.type);
}

/** Whether a space, or the end of the block before it, holds a blank line. */
function hasBlankLine(tokens: Token[], index: number, text: string): boolean {
  const space = tokens[index];
  const start = startsOf(tokens)[index] ?? 0;
  if (space?.type !== 'space') return false;
  return /\n[ \t]*\n/.test(text.slice(Math.max(0, start - 1), start + space.raw.length));
}
