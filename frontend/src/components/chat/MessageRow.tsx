import { useEffect, useRef } from 'react';
import type { FoundMessage } from '@/hooks/useFoundMessage';
import { useChatStore } from '@/stores/useChatStore';
import { MessageItem, type MessageItemProps } from './MessageItem';

const FRAMES_MAX = 120;

/** Move the focus to a row, frame by frame until it takes it: rows are hidden until they have been measured. */
function focusWhenVisible(row: HTMLElement): () => void {
  let frame = 0;
  let left = FRAMES_MAX;
  const tryTo = (): void => {
    row.focus({ preventScroll: true });
    if (document.activeElement !== row && left-- > 0) frame = requestAnimationFrame(tryTo);
  };
  tryTo();
  return () => cancelAnimationFrame(frame);
}

/** One message of the list, as it is now: only the row of a growing answer is drawn again while it grows. */
export function MessageRow({ found, ...props }: MessageItemProps & { found: FoundMessage | null }) {
  const { id, conversation_id } = props.message;
  const current = useChatStore((state) => state.messages[conversation_id]?.byId[id]);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => (found && row.current ? focusWhenVisible(row.current) : undefined), [found]);
  return (
    <div
      ref={row}
      data-message={id}
      tabIndex={found ? -1 : undefined}
      className="relative isolate pb-[22px] outline-none"
    >
      {found && (
        <span
          key={found.key}
          aria-hidden="true"
          className="pointer-events-none absolute -inset-x-3 -top-2.5 bottom-2.5 -z-10 animate-found rounded-3 bg-accent-soft"
        />
      )}
      <MessageItem {...props} message={current ?? props.message} />
    </div>
  );
}
