import { useChatStore } from '@/stores/useChatStore';
import { MessageItem, type MessageItemProps } from './MessageItem';

/** One message of the list, as it is now: only the row of a growing answer is drawn again while it grows. */
export function MessageRow(props: MessageItemProps) {
  const { id, conversation_id } = props.message;
  const current = useChatStore((state) => state.messages[conversation_id]?.byId[id]);
  return (
    <div data-message={id} className="pb-[22px]">
      <MessageItem {...props} message={current ?? props.message} />
    </div>
  );
}
