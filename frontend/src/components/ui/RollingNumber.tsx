/** A number whose figures roll when they change; one that does not change stands still. For the eye alone. */
export function RollingNumber({ text, className = '' }: { text: string; className?: string }) {
  const figures = [...text];
  return (
    <span aria-hidden="true" className={`num inline-flex overflow-hidden ${className}`}>
      {figures.map((figure, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a figure is known by its place, counted from the right
        <span key={`${figures.length - index}${figure}`} className="animate-roll">
          {figure}
        </span>
      ))}
    </span>
  );
}
