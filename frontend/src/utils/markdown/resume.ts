import type { Token, Tokens } from 'marked';
import { resumeCode } from './resumeCode';
import { resumeList } from './resumeList';
import { resumeParagraph } from './resumeParagraph';
import { resumeQuote } from './resumeQuote';
import { resumeTable } from './resumeTable';

/** How to read on inside an open block, so that what is finished in it is not read again. */
export interface Resume {
  /** Where in the block's source the reading begins. */
  at: number;
  /** What is put before the rest, so that it is read as it would be in its place. */
  lead: string;
  /** Put what is finished before what was read; null where the rest turned out to be something else. */
  join: (fresh: Token) => Token | null;
}

/** Return how to read on inside an open block, or null if it has to be read from its start. */
export function planResume(token: Token): Resume | null {
  switch (token.type) {
    case 'list':
      return resumeList(token as Tokens.List);
    case 'table':
      return resumeTable(token as Tokens.Table);
    case 'blockquote':
      return resumeQuote(token as Tokens.Blockquote, planResume);
    case 'paragraph':
      return resumeParagraph(token as Tokens.Paragraph);
    case 'code':
      return resumeCode(token as Tokens.Code);
    default:
      return null;
  }
}
