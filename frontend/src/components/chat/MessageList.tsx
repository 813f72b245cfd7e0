import { type ReactElement, type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { useHeldMessages } from '@/hooks/useHeldMessages';
import type { ScrollManager } from '@/hooks/useScrollManager';
import { useI18n } from '@/i18n';
import type { Message } from '@/types';

/** A conversation up to this many messages is there as a whole: for the browser's search, for print, for selections. */
const WHOLE_MAX = 40;
/** How far beyond what is visible messages are drawn. */
const BUFFER_PX = 600;
/** Room above the first message: for the way to earlier ones, or just a margin. */
const TOP_PX = { older: 56, none: 10 };

interface MessageListProps {
  conversationId: string;
  messages: Message[];
  scroll: ScrollManager;
  /** Scrolls to a message by its place. */
  handle: RefObject<VirtualizerHandle | null>;
  /** The way to earlier messages, if there are any. */
  older: ReactNode;
  /** Draws one message; what it returns has the message's id as its key. */
  children: (message: Message, index: number) => ReactElement;
  /** What stands below the newest message. */
  footer: ReactNode;
}

/** The messages, of which only those in view and near it are in the document. */
export function MessageList(props: MessageListProps) {
  const { conversationId, messages, scroll, handle, older, children, footer } = props;
  const { t } = useI18n();
  const area = scroll.scrollRef;
  const top = older ? TOP_PX.older : TOP_PX.none;
  const held = useHeldMessages(area);
  const keepMounted = useMemo(
    () =>
      messages.length <= WHOLE_MAX
        ? messages.map((_, index) => index)
        : messages.flatMap((message, index) => (held.includes(message.id) ? [index] : [])),
    [messages, held],
  );
  const isGrownAbove = useGrownAbove(messages);

  return (
    <section
      ref={area}
      aria-label={t('chat.messages')}
      className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none]"
    >
      <div className="mx-auto max-w-[800px] px-7 pb-6 max-[719px]:px-4">
        <div className="grid place-items-center" style={{ height: top }}>
          {older}
        </div>
        <Virtualizer
          key={conversationId}
          ref={handle}
          data={messages}
          scrollRef={area}
          startMargin={top}
          bufferSize={BUFFER_PX}
          shift={isGrownAbove}
          keepMounted={keepMounted}
          onResize={scroll.onResize}
        >
          {children}
        </Virtualizer>
        {footer}
      </div>
    </section>
  );
}

/** Whether messages were put above those that were there: then what is in view stays where it is. */
function useGrownAbove(messages: Message[]): boolean {
  const first = useRef<string | undefined>(undefined);
  const { current } = first;
  const isGrown = current !== messages[0]?.id && messages.some((message) => message.id === current);
  useLayoutEffect(() => {
    first.current = messages[0]?.id;
  }, [messages]);
  return isGrown;
}
