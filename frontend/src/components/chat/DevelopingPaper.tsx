import { assetUrl } from '@/services/assets';
import type { Reference } from '@/types';
import { type DevelopingPhase, levelOf } from '@/utils/developing';

/** The line can be seen from the beginning. */
const LEVEL_MIN = 1;

interface DevelopingPaperProps {
  phase: DevelopingPhase;
  progress: number | null;
  /** The first picture that it builds on. */
  picture: Reference | undefined;
}

/** What develops, and the level up to which it has: fills its place. */
export function DevelopingPaper({ phase, progress, picture }: DevelopingPaperProps) {
  const level = levelOf(phase, progress);
  return (
    <>
      <Beneath picture={picture} level={level} />
      <Level level={phase === 'queued' ? 0 : level} isDashed={phase === 'queued'} />
    </>
  );
}

/** What lies under the level: the picture that it builds on, else the paper's own grain. */
function Beneath({ picture, level }: { picture: Reference | undefined; level: number | null }) {
  const hidden = level === null ? 100 : 100 - level;
  return (
    <div
      className="absolute inset-0 transition-[clip-path] duration-900 ease-in-out"
      style={{ clipPath: `inset(${hidden}% 0 0 0)` }}
    >
      {picture ? (
        <img
          src={assetUrl({ id: picture.asset_id }, 'thumbnail')}
          alt=""
          className="absolute -inset-[6%] size-[112%] max-w-none object-cover blur-[9px]"
        />
      ) : (
        <Grain />
      )}
    </div>
  );
}

function Grain() {
  return (
    <svg aria-hidden="true" className="absolute inset-0 size-full opacity-40 mix-blend-multiply">
      <filter id="paper-grain">
        <feTurbulence type="fractalNoise" baseFrequency="0.012 0.02" numOctaves="3" seed="7" />
        <feColorMatrix values="0 0 0 0 0.45  0 0 0 0 0.4  0 0 0 0 0.34  0 0 0 1.5 -0.35" />
      </filter>
      <rect width="100%" height="100%" filter="url(#paper-grain)" />
    </svg>
  );
}

/** The line at which the developer stands; without a number it breathes near the bottom. */
function Level({ level, isDashed }: { level: number | null; isDashed: boolean }) {
  return (
    <div
      aria-hidden="true"
      className={`pointer-events-none absolute inset-0 transition-transform duration-900 ease-in-out ${level === null ? 'breathing' : ''}`}
      style={level === null ? undefined : { transform: `translateY(${100 - Math.max(level, LEVEL_MIN)}%)` }}
    >
      <div className={`absolute inset-x-0 top-0 ${isDashed ? 'level-dashed -mt-0.5' : 'level'}`} />
    </div>
  );
}
