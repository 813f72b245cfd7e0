import type { FoundMessage } from '@/hooks/useFoundMessage';
import { useChatStore } from '@/stores/useChatStore';
import { MessageItem, type MessageItemProps } from './MessageItem';

/** One message of the list, as it is now: only the row of a growing answer is drawn again while it grows. */
export function MessageRow({ found, ...props }: MessageItemProps & { found: FoundMessage | null }) {
  const { id, conversation_id } = props.message;
  const current = useChatStore((state) => state.messages[conversation_id]?.byId[id]);
  return (
    <div
      data-message={id}
      tabIndex={found ? -1 : undefined}
      className={`pb-[22px] outline-none ${found ? 'relative isolate' : ''}`}
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
