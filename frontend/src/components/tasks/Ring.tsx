interface RingProps {
  /** In percent; null where nobody can tell: a short arc then. */
  progress: number | null;
  className?: string;
}

const UNKNOWN = 25;

/** How far something is, as a ring; what it means stands beside it in words. */
export function Ring({ progress, className = '' }: RingProps) {
  return (
    <svg viewBox="0 0 15 15" aria-hidden="true" className={`size-[15px] shrink-0 -rotate-90 ${className}`}>
      <circle cx="7.5" cy="7.5" r="6.2" fill="none" strokeWidth="2.4" className="stroke-line-strong" />
      <circle
        cx="7.5"
        cy="7.5"
        r="6.2"
        fill="none"
        strokeWidth="2.4"
        pathLength="100"
        strokeDasharray={`${progress ?? UNKNOWN} 100`}
        className="stroke-accent"
      />
    </svg>
  );
}
