import { useCallback, useEffect, useRef, useState } from 'react';
import { uploadImage } from '@/services/image';
import { useStoryboardStore } from '@/stores/useStoryboardStore';
import { asApiError } from './useMessageLoader';

/** The picture of a shot: stored, then put into the shot, wherever that stands by then. */
export function useShotPicture(shotId: string, onRefused: (error: { code: string }) => void) {
  const [progress, setProgress] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const upload = useCallback(
    async (file: File): Promise<void> => {
      running.current?.abort();
      const calledOff = new AbortController();
      running.current = calledOff;
      setProgress(0);
      try {
        const picture = await uploadImage(file, setProgress, calledOff.signal);
        if (picture.kind === 'image') useStoryboardStore.getState().changeShot(shotId, { picture });
        else onRefused({ code: 'media_type_not_allowed' });
      } catch (problem) {
        if (!calledOff.signal.aborted) onRefused(asApiError(problem));
      } finally {
        if (running.current === calledOff) setProgress(null);
      }
    },
    [shotId, onRefused],
  );
  return { progress, upload };
}
