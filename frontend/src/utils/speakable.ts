import type { Token, Tokens } from 'marked';
import { lex } from './markdown/lexer';

/** Browsers stop in the middle of long pieces: no piece is longer. */
const PIECE_CHARS = 180;
/** Where a sentence ends: behind its signs, or behind a full stop with a blank. */
const SENTENCE_END = /(?<=[。！？!?；;…])(?![。！？!?；;…”’」』])\s*|(?<=\.)\s+/;
const CLAUSE = /[^，,、：:\s]+[，,、：:\s]*/g;
const SILENT = new Set([
  'code',
  'html',
  'mathsBlock',
  'maths',
  'image',
  'hr',
  'def',
  'footnote',
  'footnoteSign',
  'space',
]);
const LANGUAGES: [RegExp, string][] = [
  [/[\u3040-\u30ff]/, 'ja-JP'],
  [/[\uac00-\ud7af]/, 'ko-KR'],
  [/[\u4e00-\u9fff]/, 'zh-CN'],
  [/[\u0400-\u04ff]/, 'ru-RU'],
];

/** Return what of a Markdown text can be read aloud, in pieces: its words, without code, formulas, pictures and signs. */
export function speakablePieces(markdown: string): string[] {
  return lex(markdown, {}).tokens.flatMap(wordsOfBlock).flatMap(splitIntoPieces);
}

/** Return the language that a text is in, as far as its script tells it; Latin letters may be many, so as given. */
export function languageOf(text: string, ofLatin: string): string {
  return LANGUAGES.find(([script]) => script.test(text))?.[1] ?? ofLatin;
}

function wordsOfBlock(token: Token): string[] {
  switch (token.type) {
    case 'list':
      return (token as Tokens.List).items.flatMap((item) => item.tokens.flatMap(wordsOfBlock));
    case 'blockquote':
      return (token as Tokens.Blockquote).tokens.flatMap(wordsOfBlock);
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((row) => row.map((cell) => wordsInline(cell.tokens)).join(', '));
    }
    default:
      return [wordsInline([token])];
  }
}

function wordsInline(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if (SILENT.has(token.type)) return '';
      if ('tokens' in token && token.tokens) return wordsInline(token.tokens);
      if (token.type === 'br') return ' ';
      return 'text' in token && typeof token.text === 'string' ? token.text : '';
    })
    .join('');
}

function splitIntoPieces(text: string): string[] {
  const sentences = text
    .replace(/[ \t\n]+/g, ' ')
    .trim()
    .split(SENTENCE_END);
  return sentences
    .flatMap((sentence) => (sentence.length > PIECE_CHARS ? fill(sentence.match(CLAUSE) ?? []) : [sentence]))
    .map((piece) => piece.trim())
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}

/** Put clauses together as long as they fit into one piece; one that is too long by itself is cut. */
function fill(clauses: string[]): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const clause of clauses.flatMap(cut)) {
    if (piece.length + clause.length > PIECE_CHARS) {
      pieces.push(piece);
      piece = '';
    }
    piece += clause;
  }
  return [...pieces, piece];
}

function cut(clause: string): string[] {
  const characters = [...clause];
  const count = Math.ceil(characters.length / PIECE_CHARS);
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * PIECE_CHARS, (index + 1) * PIECE_CHARS).join(''),
  );
}
