import type { Token } from 'marked';
import { memo, useEffect, useRef } from 'react';
import { Block } from './Blocks';
import { isSameList, Runs } from './Runs';

interface PartProps {
  blocks: Token[];
  /** Whether no further block comes into this part. */
  isFull: boolean;
}

/** A part of a long text. Out of sight, the browser neither lays it out nor paints it, but keeps its height. */
export const Part = memo(function Part({ blocks, isFull }: PartProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const part = element.current;
    if (!part || !isFull) return;
    // The height is known before the part may be left out, so that nothing moves when it is.
    const observer = new ResizeObserver(([entry]) => {
      observer.disconnect();
      part.style.containIntrinsicBlockSize = `auto ${entry?.borderBoxSize[0]?.blockSize ?? 0}px`;
      part.style.contentVisibility = 'auto';
    });
    observer.observe(part);
    return () => observer.disconnect();
  }, [isFull]);
  return (
    <div ref={element} className="part">
      <Runs items={blocks} size={1} draw={drawBlock} />
    </div>
  );
}, isSamePart);

function isSamePart(before: PartProps, after: PartProps): boolean {
  return before.isFull === after.isFull && isSameList(before.blocks, after.blocks);
}

function drawBlock(token: Token) {
  return <Block token={token} />;
}
