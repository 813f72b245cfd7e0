import type { Tokens } from 'marked';
import type { Resume } from './resume';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** Whether a block of code ended with a fence of its own. */
export function isClosedCode(code: Tokens.Code): boolean {
  const fence = FENCE.exec(code.raw)?.[1];
  if (!fence) return false;
  const body = code.raw.trimEnd();
  const last = body.slice(body.lastIndexOf('\n') + 1).trim();
  return (
    body.includes('\n') &&
    last.length >= fence.length &&
    last === last.charAt(0).repeat(last.length) &&
    last.startsWith(fence)
  );
}

/** Read on from the last line, under a copy of the opening fence. */
export function resumeCode(code: Tokens.Code): Resume | null {
  const head = code.raw.indexOf('\n') + 1;
  const at = code.raw.lastIndexOf('\n') + 1;
  if (at <= head || !FENCE.test(code.raw) || isClosedCode(code)) return null;
  const kept = finishedLines(code, code.raw.length > at);
  return {
    at,
    lead: code.raw.slice(0, head),
    join: (token) => {
      if (token.type !== 'code') return null;
      const fresh = token as Tokens.Code;
      const lines = fresh.text ? `${kept}\n${withoutMark(fresh.text)}` : kept;
      return { ...code, raw: code.raw.slice(0, at) + fresh.raw.slice(head), text: withMark(lines) };
    },
  };
}

function finishedLines(code: Tokens.Code, hasOpenLine: boolean): string {
  const lines = withoutMark(code.text);
  return hasOpenLine ? lines.slice(0, Math.max(lines.lastIndexOf('\n'), 0)) : lines;
}

// The lexer marks a last line that is empty with one more line break.
function withMark(lines: string): string {
  return lines === '' || lines.endsWith('\n') ? `${lines}\n` : lines;
}

function withoutMark(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
