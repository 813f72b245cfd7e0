import { useCallback, useEffect, useRef, useState } from 'react';

const SHOWN_MS = 1600;

/** Copy text to the clipboard, and tell for a moment that it was. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = useCallback((text: string) => {
    void writeClipboard(text).then((written) => {
      setCopied(written);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
    });
  }, []);
  return { copied, copy };
}

/** The clipboard is there on secure pages only; over plain HTTP in a local network a selection has to do. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    document.body.append(field);
    field.select();
    const written = document.execCommand('copy');
    field.remove();
    return written;
  }
}
