/** The quietest moment can be seen. */
const LEAST = 0.08;

interface LevelBarsProps {
  levels: number[];
  /** How many bars there are; what is played already is darker. */
  count: number;
  played?: number;
  className?: string;
}

/** How loud something is or was, as bars: for the eye alone. */
export function LevelBars({ levels, count, played = 0, className = '' }: LevelBarsProps) {
  return (
    <span aria-hidden="true" className={`flex items-center gap-[2px] overflow-hidden ${className}`}>
      {levels.map((level, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          key={index}
          className={`w-[3px] shrink-0 rounded-full ${index / count < played ? 'bg-ink' : 'bg-ink-3'}`}
          style={{ height: `${Math.max(LEAST, level) * 100}%` }}
        />
      ))}
    </span>
  );
}

/** Return levels as so many bars, each as loud as its loudest moment. */
export function toBars(levels: number[], count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((index + 1) * levels.length) / count));
    return Math.max(0, ...levels.slice(from, to));
  });
}
