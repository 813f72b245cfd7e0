import type { Tokens } from 'marked';
import type { ReactNode } from 'react';
import { Inline } from './Inline';
import { Runs } from './Runs';

const ROWS_AT_ONCE = 32;

/** A table; a wide one is scrolled sideways by itself. */
export function Table({ table }: { table: Tokens.Table }) {
  return (
    <section
      className="overflow-x-auto"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled with the keyboard as well
      tabIndex={0}
      aria-label={table.header.map((cell) => cell.text).join(', ')}
    >
      <table>
        <thead>
          <tr>{table.header.map(drawCell)}</tr>
        </thead>
        {table.rows.length > 0 && (
          <tbody>
            <Runs items={table.rows} size={ROWS_AT_ONCE} draw={drawRow} />
          </tbody>
        )}
      </table>
    </section>
  );
}

function drawRow(row: Tokens.TableCell[]): ReactNode {
  return <tr>{row.map(drawCell)}</tr>;
}

function drawCell(cell: Tokens.TableCell, column: number): ReactNode {
  const Cell = cell.header ? 'th' : 'td';
  return (
    <Cell key={column} style={{ textAlign: cell.align ?? undefined }}>
      <Inline tokens={cell.tokens} />
    </Cell>
  );
}
