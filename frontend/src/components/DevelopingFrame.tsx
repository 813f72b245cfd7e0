interface DevelopingFrameProps {
  /** How far the picture has come, in percent. */
  progress: number;
  label: string;
}

/** A photograph in the tray: it comes up behind a rising level, and sharpens when it is done. */
export function DevelopingFrame({ progress, label }: DevelopingFrameProps) {
  const level = Math.min(100, Math.max(0, progress));
  const done = level >= 100;
  return (
    <div
      role="img"
      aria-label={label}
      className="relative aspect-[4/5] w-full max-w-[420px] overflow-hidden rounded-3"
      style={{ background: 'radial-gradient(120% 140% at 50% 120%, var(--tray) 0, var(--tray-2) 100%)' }}
    >
      <div
        className="absolute -inset-[6%] transition-[filter,clip-path] duration-900 ease-in-out"
        style={{ filter: `blur(${done ? 0 : 9}px)`, clipPath: `inset(${100 - level}% 0 0 0)` }}
      >
        <Ridge />
      </div>
      {!done && (
        <div
          className="absolute inset-x-0 h-px transition-[bottom] duration-900 ease-in-out"
          style={{
            bottom: `${Math.max(level, 2)}%`,
            background: 'linear-gradient(90deg, transparent, var(--accent) 18% 82%, transparent)',
            boxShadow: '0 0 22px 3px color-mix(in srgb, var(--accent) 50%, transparent)',
          }}
        />
      )}
    </div>
  );
}

/** The picture itself: a ridge in the morning, five layers of mist. */
function Ridge() {
  return (
    <svg viewBox="0 0 300 400" preserveAspectRatio="xMidYMid slice" className="size-full" aria-hidden="true">
      <rect width="300" height="400" fill="#efdcc6" />
      <circle cx="196" cy="104" r="25" fill="#f9e3ba" />
      <path d="M0 196 Q50 150 96 178 T190 160 T300 184 V400 H0Z" fill="#d3bba9" />
      <path d="M0 240 Q60 206 118 232 T228 212 T300 236 V400 H0Z" fill="#a3978f" />
      <path d="M0 284 Q70 252 140 276 T248 264 T300 280 V400 H0Z" fill="#66706e" />
      <path d="M104 268 q18 -3 42 -22 q24 19 42 22 l-6 6 h-72z M114 274 h64 v26 h-64z" fill="#26393b" />
      <rect x="138" y="279" width="16" height="21" fill="#f3b562" />
      <path d="M0 330 Q80 300 156 322 T300 316 V400 H0Z" fill="#26393b" />
    </svg>
  );
}
