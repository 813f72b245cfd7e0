import { type ReactElement, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { FoundMessage } from '@/hooks/useFoundMessage';
import { useHeldMessages } from '@/hooks/useHeldMessages';
import type { ScrollManager } from '@/hooks/useScrollManager';
import { useI18n } from '@/i18n';
import type { Message } from '@/types';

/** A conversation up to this many messages is there as a whole: for the browser's search, for print, for selections. */
const WHOLE_MAX = 40;
const FOCUS_FRAMES_MAX = 120;
/** How far beyond what is visible messages are drawn. */
const BUFFER_PX = 600;
/** Room above the first message: for the way to earlier ones, or just a margin. */
const TOP_PX = { older: 56, none: 10 };

interface MessageListProps {
  conversationId: string;
  messages: Message[];
  scroll: ScrollManager;
  /** The message to be brought into view, each time there is a new one. */
  found: FoundMessage | null;
  /** The way to earlier messages, if there are any. */
  older: ReactNode;
  /** Draws one message; what it returns has the message's id as its key. */
  children: (message: Message, index: number) => ReactElement;
  /** What stands below the newest message. */
  footer: ReactNode;
}

/** The messages, of which only those in view and near it are in the document. */
export function MessageList({
  conversationId,
  messages,
  scroll,
  found,
  older,
  children,
  footer,
}: MessageListProps) {
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
  const rows = useRef<VirtualizerHandle>(null);
  const { letGo } = scroll;
  const shown = useRef<FoundMessage>(null);
  useEffect(() => {
    const index = found && found !== shown.current ? messages.findIndex(({ id }) => id === found.id) : -1;
    if (index < 0) return;
    shown.current = found;
    letGo();
    rows.current?.scrollToIndex(index, { align: 'center' });
    if (found && area.current) focusWhenVisible(area.current, found.id);
  }, [found, messages, letGo, area]);

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
          ref={rows}
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

/** Move the focus to a message, frame by frame until it takes it: rows are hidden until they have been measured. */
function focusWhenVisible(area: HTMLElement, id: string, framesLeft = FOCUS_FRAMES_MAX): void {
  const row = area.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`);
  row?.focus({ preventScroll: true });
  if (row && document.activeElement === row) return;
  if (framesLeft > 0) requestAnimationFrame(() => focusWhenVisible(area, id, framesLeft - 1));
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
