import { type CSSProperties, useCallback, useEffect, useRef, useState } from 'react';

const SCALE_MAX = 8;
const WHEEL_STEP = 0.0015;
const START = { scale: 1, x: 0, y: 0 };

/** Zoom by the wheel or two fingers, move by dragging; a double click goes in and out. */
export function useZoom() {
  const surfaceRef = useRef<HTMLDivElement>(null);
  const [view, setView] = useState(START);
  const reset = useCallback(() => setView(START), []);

  useEffect(() => {
    const surface = surfaceRef.current;
    if (!surface) return;
    const fingers = new Map<number, PointerEvent>();
    const zoom = (by: number): void =>
      setView(({ scale, x, y }) => {
        const next = Math.min(SCALE_MAX, Math.max(1, scale * by));
        const share = next === 1 ? 0 : next / scale;
        return { scale: next, x: x * share, y: y * share };
      });
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * WHEEL_STEP));
    };
    const onDown = (event: PointerEvent): void => {
      surface.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event);
    };
    const onMove = (event: PointerEvent): void => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
      fingers.set(event.pointerId, event);
      if (other) zoom(distance(event, other) / Math.max(1, distance(before, other)));
      else
        setView((now) =>
          now.scale === 1
            ? now
            : {
                ...now,
                x: now.x + event.clientX - before.clientX,
                y: now.y + event.clientY - before.clientY,
              },
        );
    };
    const onUp = (event: PointerEvent): void => {
      fingers.delete(event.pointerId);
    };
    const onDouble = (): void => setView((now) => (now.scale > 1 ? START : { ...START, scale: 2 }));
    const calledOff = new AbortController();
    const { signal } = calledOff;
    surface.addEventListener('wheel', onWheel, { passive: false, signal });
    surface.addEventListener('pointerdown', onDown, { signal });
    surface.addEventListener('pointermove', onMove, { signal });
    surface.addEventListener('pointerup', onUp, { signal });
    surface.addEventListener('pointercancel', onUp, { signal });
    surface.addEventListener('dblclick', onDouble, { signal });
    return () => calledOff.abort();
  }, []);

  const style: CSSProperties = {
    transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
    cursor: view.scale > 1 ? 'grab' : 'zoom-in',
  };
  return { surfaceRef, style, reset };
}

function distance(a: PointerEvent, b: PointerEvent): number {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}
