import { createJavaScriptRegexEngine } from '@shikijs/engine-javascript';
import { codeToTokensBase, createShikiPrimitiveAsync, resolveLangs } from '@shikijs/primitive';
import type { ToneLine } from '@/types/code';
import { findGrammar } from './languages';
import { readTone, theme } from './theme';

export interface ToneOrder {
  id: number;
  code: string;
  language: string;
}

export interface ToneAnswer {
  id: number;
  /** Null for a language that stays plain. */
  lines: ToneLine[] | null;
}

// A line that takes longer than this stays plain. The first ones take long, since the grammar's rules are made then.
const LINE_MS = 1_500;

const highlighter = createShikiPrimitiveAsync({
  langs: [],
  themes: [theme],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
});

self.onmessage = async ({ data }: MessageEvent<ToneOrder>) => {
  const answer: ToneAnswer = { id: data.id, lines: await readLines(data) };
  self.postMessage(answer);
};

async function readLines({ code, language }: ToneOrder): Promise<ToneLine[] | null> {
  const grammar = findGrammar(language);
  if (!grammar) return null;
  const [primitive, registrations] = await Promise.all([highlighter, resolveLangs([grammar])]);
  const name = registrations.at(-1)?.name;
  if (!name) return null;
  await primitive.loadLanguage(...registrations);
  const lines = codeToTokensBase(primitive, code, {
    lang: name,
    theme: theme.name,
    tokenizeTimeLimit: LINE_MS,
  });
  return lines.map(joinTones);
}

/** Neighbours of one tone are one piece: fewer elements to draw. */
function joinTones(line: { content: string; color?: string }[]): ToneLine {
  const joined: ToneLine = [];
  for (const { content, color } of line) {
    const tone = readTone(color);
    const last = joined.at(-1);
    if (last && (last[0] === tone || !content.trim())) last[1] += content;
    else joined.push([tone, content]);
  }
  return joined;
}
