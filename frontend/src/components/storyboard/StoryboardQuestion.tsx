import { useShallow } from 'zustand/react/shallow';
import { useI18n } from '@/i18n';
import { useChatStore } from '@/stores/useChatStore';
import type { Message } from '@/types';

/** What was asked for by shots alone: their words, as the film's order was at first. */
export function StoryboardQuestion({ message }: { message: Message }) {
  const { t } = useI18n();
  const shots = useChatStore(
    useShallow(({ messages }) => {
      const all = Object.values(messages[message.conversation_id]?.byId ?? {});
      return all.find(({ parent_id, task }) => parent_id === message.id && task)?.task?.request.shots ?? [];
    }),
  );
  if (shots.length === 0) return null;
  return (
    <ol
      aria-label={t('board.title')}
      className="flex min-w-0 flex-col gap-1 rounded-[18px_18px_5px_18px] bg-bubble px-4 py-2.5"
    >
      {shots.map((shot, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shots of an order are known by their place
        <li key={index} className="flex gap-2.5 break-words">
          <span className="num shrink-0 text-[12.5px] leading-[1.9] text-ink-2">{index + 1}</span>
          <span className="min-w-0">{shot.prompt}</span>
        </li>
      ))}
    </ol>
  );
}
