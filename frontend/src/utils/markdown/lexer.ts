import { Lexer, type Links, Marked, type Token, Tokenizer } from 'marked';
import { footnote, footnoteSign } from './footnotes';
import { blockMaths, inlineMaths } from './maths';

export interface Lexed {
  tokens: Token[];
  /** What the text's references lead to: those given, and those that the text defines. */
  links: Links;
}

/** A tokenizer in which nothing reaches over the end of its block. */
class TextTokenizer extends Tokenizer {
  /** HTML stays text here: an open tag of one paragraph means nothing to the next. */
  override tag(source: string): ReturnType<Tokenizer['tag']> {
    const token = super.tag(source);
    if (token) Object.assign(this.lexer.state, { inLink: false, inRawBlock: false });
    return token;
  }

  /** The title of a reference holds no blank line; what begins with a caret is a footnote. */
  override def(source: string): ReturnType<Tokenizer['def']> {
    if (/^ {0,3}\[\^/.test(source)) return undefined;
    const blank = source.search(/\n[ \t]*\n/);
    return super.def(blank < 0 ? source : source.slice(0, blank + 1));
  }
}

const marked = new Marked({ gfm: true, extensions: [blockMaths, inlineMaths, footnote, footnoteSign] });

/** Read Markdown that stands where these references are known. */
export function lex(source: string, links: Links): Lexed {
  const lexer = new Lexer({ ...marked.defaults, tokenizer: new TextTokenizer() });
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(source);
  return { tokens: [...tokens], links: lexer.tokens.links };
}
