import { memo, useEffect, useRef, useState } from 'react';
import { typeset } from '@/services/typesetting';
import type { MathsToken } from '@/utils/markdown/maths';

/** A formula: as it is written until it is complete, and set as soon as there is time for it. */
export const Formula = memo(
  function Formula({ formula }: { formula: MathsToken }) {
    const { tex, display, closed, raw } = formula;
    const place = useRef<HTMLSpanElement>(null);
    const [isSet, setIsSet] = useState(false);
    useEffect(() => {
      if (!closed || !place.current) return;
      setIsSet(false);
      return typeset(place.current, tex, display, () => setIsSet(true));
    }, [tex, display, closed]);
    return (
      <span className={display ? 'formula display' : 'formula'}>
        {!isSet && <code>{raw.trim()}</code>}
        <span ref={place} hidden={!isSet} />
      </span>
    );
  },
  (before, after) =>
    before.formula.raw === after.formula.raw && before.formula.closed === after.formula.closed,
);
