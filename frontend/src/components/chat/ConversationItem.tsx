import { Ellipsis } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import { useShallow } from 'zustand/react/shallow';
import { TaskBadge } from '@/components/tasks/TaskBadge';
import { useI18n } from '@/i18n';
import { useTaskStore } from '@/stores/useTaskStore';
import type { Conversation } from '@/types';
import { getConversationTaskBadge } from '@/utils/taskUtils';
import { ContextMenu, ConversationMenu } from './ContextMenu';
import { TitleField } from './TitleField';

interface ConversationItemProps {
  conversation: Conversation;
  isCurrent: boolean;
  onRename: (title: string) => void;
  onPin: () => void;
  onArchive: () => void;
  onSelect: () => void;
  onDelete: () => void;
  onOpen: () => void;
}

/** One conversation of the list: its title, what is being made or done in it, and its menu. */
export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { t } = useI18n();
  const { conversation, isCurrent, onRename, onOpen } = props;
  const badge = useTaskStore(useShallow((state) => getConversationTaskBadge(conversation.id, state.tasks)));
  const [renaming, setRenaming] = useState(false);
  const title = conversation.title || t('sidebar.untitled');
  if (renaming) {
    return (
      <TitleField
        title={title}
        className="h-9 w-full rounded-[8px] border border-line-strong bg-raised px-3 text-[14px]"
        onDone={(next) => {
          setRenaming(false);
          if (next) onRename(next);
        }}
      />
    );
  }
  const { pinned, archived } = conversation;
  const { onPin, onArchive, onSelect, onDelete } = props;
  const onBeginRename = (): void => setRenaming(true);
  const actions = { pinned, archived, onPin, onRename: onBeginRename, onArchive, onSelect, onDelete };
  return (
    <ContextMenu {...actions}>
      <div
        className={`group/item relative flex h-9 items-center rounded-[8px] text-[14px] max-[719px]:h-11 ${
          isCurrent ? 'bg-selected font-medium text-ink' : 'text-ink-2 hover:bg-sunken hover:text-ink'
        }`}
      >
        {isCurrent && <span className="absolute inset-y-2.5 left-0 w-[2.5px] rounded-[2px] bg-accent" />}
        <Link
          to={`/c/${conversation.id}`}
          onClick={onOpen}
          aria-current={isCurrent ? 'page' : undefined}
          className="flex h-full min-w-0 flex-1 items-center gap-2 rounded-[8px] pr-1 pl-3 [@media(hover:hover)]:pr-3 group-hover/item:pr-9 group-has-[button:focus-visible]/item:pr-9 group-has-[button[data-state=open]]/item:pr-9"
        >
          <span className="min-w-0 flex-1 truncate">{title}</span>
          <TaskBadge {...badge} processing={badge.processing || Number(conversation.running)} />
        </Link>
        <ConversationMenu {...actions}>
          <button
            type="button"
            aria-label={t('sidebar.actions', { title })}
            className="show-on-hover-item right-1 mr-1 grid [@media(hover:hover)]:absolute [@media(hover:hover)]:mr-0 size-7 place-items-center rounded-[7px] hover:bg-selected max-[719px]:size-10"
          >
            <Ellipsis size={16} strokeWidth={1.6} />
          </button>
        </ConversationMenu>
      </div>
    </ContextMenu>
  );
});
