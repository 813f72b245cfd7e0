import { memo } from 'react';
import type { ToneLine } from '@/types/code';

/** How many lines are drawn as one: a line more at the end draws only the last of these again. */
const LINES_AT_ONCE = 48;

/** The lines of a code, in colours once these are known. */
export function CodeLines({ code, tones }: { code: string; tones: ToneLine[] | null }) {
  return piecesOf(code).map((text, index) => (
    <Piece
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
      key={index}
      text={text}
      tones={tones}
      line={index * LINES_AT_ONCE}
    />
  ));
}

function piecesOf(code: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let lines = 0;
  for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) {
    if (++lines % LINES_AT_ONCE !== 0) continue;
    pieces.push(code.slice(start, at + 1));
    start = at + 1;
  }
  pieces.push(code.slice(start));
  return pieces;
}

interface PieceProps {
  text: string;
  tones: ToneLine[] | null;
  /** The number of its first line. */
  line: number;
}

const Piece = memo(({ text, tones, line }: PieceProps) => {
  if (!tones) return <span className="block">{text}</span>;
  return (
    <span className="block">
      {text.split('\n').map((plain, index, all) => (
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          key={index}
          plain={plain}
          tones={tones[line + index]}
          end={index < all.length - 1 ? '\n' : ''}
        />
      ))}
    </span>
  );
});

function Line({ plain, tones, end }: { plain: string; tones: ToneLine | undefined; end: string }) {
  if (!tones || tones.map(([, text]) => text).join('') !== plain) return plain + end;
  return (
    <>
      {tones.map(([tone, text], index) =>
        tone ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
          <span key={index} className={`tone-${tone}`}>
            {text}
          </span>
        ) : (
          text
        ),
      )}
      {end}
    </>
  );
}
