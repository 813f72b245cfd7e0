import type { ReactNode } from 'react';

/** A text in which some ranges (in characters, as the server counts) are marked. */
export function Marked({ text, ranges }: { text: string; ranges: [number, number][] }) {
  const characters = [...text];
  const parts: ReactNode[] = [];
  let place = 0;
  for (const [begin, end] of ranges) {
    parts.push(characters.slice(place, begin).join(''));
    parts.push(
      <mark key={begin} className="rounded-[3px] bg-accent-soft text-ink">
        {characters.slice(begin, end).join('')}
      </mark>,
    );
    place = end;
  }
  parts.push(characters.slice(place).join(''));
  return <>{parts}</>;
}
