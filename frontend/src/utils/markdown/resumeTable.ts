import type { Tokens } from 'marked';
import type { Resume } from './resume';

/** Read on from the last row, under a copy of the head. */
export function resumeTable(table: Tokens.Table): Resume | null {
  const at = table.raw.trimEnd().lastIndexOf('\n') + 1;
  const head = table.raw.indexOf('\n', table.raw.indexOf('\n') + 1) + 1;
  if (table.rows.length < 2 || at <= head || head === 0) return null;
  const kept = table.rows.slice(0, -1);
  return {
    at,
    lead: table.raw.slice(0, head),
    join: (token) => {
      if (token.type !== 'table') return null;
      const fresh = token as Tokens.Table;
      const raw = table.raw.slice(0, at) + fresh.raw.slice(head);
      return { ...table, raw, rows: [...kept, ...fresh.rows] };
    },
  };
}
