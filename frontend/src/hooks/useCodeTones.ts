import { type RefObject, useEffect, useState } from 'react';
import { askTones } from '@/services/codeTones/codeTones';
import type { ToneLine } from '@/types/code';

/** How far from the visible area colours are asked for. */
const NEAR = '400px 0px';

/** Return the tones of a code once it has come near the visible area; null before, and without a language. */
export function useCodeTones(
  element: RefObject<HTMLElement | null>,
  code: string,
  language: string,
): ToneLine[] | null {
  const [tones, setTones] = useState<ToneLine[] | null>(null);
  useEffect(() => {
    const place = element.current;
    if (!place || !language || typeof IntersectionObserver === 'undefined') return;
    let forget: (() => void) | undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        forget = askTones(code, language, setTones);
      },
      { rootMargin: NEAR },
    );
    observer.observe(place);
    return () => {
      observer.disconnect();
      forget?.();
    };
  }, [element, code, language]);
  return tones;
}
