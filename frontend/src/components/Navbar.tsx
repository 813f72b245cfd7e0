import { Menu, Moon, PanelLeft, Pencil, Sun } from 'lucide-react';
import { useState } from 'react';
import { TitleField } from '@/components/chat/TitleField';
import { TakeOutMenu } from '@/components/share/TakeOutMenu';
import { TaskToggle } from '@/components/tasks/TaskToggle';
import { IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useShownTheme } from '@/hooks/useTheme';
import { useI18n } from '@/i18n';
import { updateConversationTitle } from '@/services/conversationService';
import { useChatStore, useConversationStore } from '@/stores/useChatStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import { holdersOf, useTaskStore } from '@/stores/useTaskStore';

interface NavbarProps {
  conversationId: string | null;
  sidebarShown: boolean;
  onOpenSidebar: () => void;
  tasksShown: boolean;
  onToggleTasks: () => void;
}

/** The bar above the messages: whose title it is, what is being made, and how bright the room. */
export function Navbar(props: NavbarProps) {
  const { conversationId, sidebarShown, onOpenSidebar, tasksShown, onToggleTasks } = props;
  const { t, errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const theme = useShownTheme();
  const changeSettings = useSettingsStore((state) => state.change);
  const title = useConversationStore((state) =>
    conversationId ? state.conversations[conversationId]?.title : undefined,
  );
  const [before, setBefore] = useState<string | null>(null);

  /** Begin to edit the title in place; the sidebar follows what is typed. */
  const handleTitleEdit = (): void => setBefore(title ?? '');

  const finishEdit = async (next: string | null): Promise<void> => {
    const original = before ?? '';
    setBefore(null);
    if (!conversationId) return;
    syncTitleToNavbar(conversationId, original);
    if (!next || next === original) return;
    try {
      await updateConversationTitle(conversationId, next);
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };

  const shown = title || t('sidebar.untitled');
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 pr-[18px] pl-[26px] max-[719px]:h-[52px] max-[719px]:px-2">
      {!sidebarShown && (
        <IconButton label={t('sidebar.open')} onClick={onOpenSidebar} className="min-[720px]:-ml-2">
          <PanelLeft size={18} strokeWidth={1.6} className="max-[719px]:hidden" />
          <Menu size={18} strokeWidth={1.6} className="min-[720px]:hidden" />
        </IconButton>
      )}
      {before !== null && conversationId ? (
        <TitleField
          title={before}
          className="h-9 min-w-0 flex-1 rounded-2 border border-line-strong bg-raised px-2.5 text-title font-semibold"
          onType={(text) => syncTitleToNavbar(conversationId, text)}
          onDone={(next) => void finishEdit(next)}
        />
      ) : (
        <h1 className="flex min-w-0 flex-1 items-center gap-1 text-title font-semibold max-[719px]:justify-center">
          <span className="truncate">{conversationId ? shown : t('sidebar.newConversation')}</span>
          {conversationId && (
            <IconButton
              label={t('navbar.editTitle')}
              onClick={handleTitleEdit}
              className="text-ink-3 max-[719px]:hidden"
            >
              <Pencil size={15} strokeWidth={1.6} />
            </IconButton>
          )}
        </h1>
      )}
      <RunningElsewhere conversationId={conversationId} />
      {conversationId && <TakeOutMenu conversationId={conversationId} onRename={handleTitleEdit} />}
      <TaskToggle open={tasksShown} onToggle={onToggleTasks} />
      <IconButton
        label={t('navbar.theme')}
        onClick={() => changeSettings({ theme: theme === 'dark' ? 'light' : 'dark' })}
      >
        {theme === 'dark' ? <Sun size={18} strokeWidth={1.6} /> : <Moon size={18} strokeWidth={1.6} />}
      </IconButton>
    </header>
  );
}

/** How many answers are being written outside of the conversation that is shown. */
function RunningElsewhere({ conversationId }: { conversationId: string | null }) {
  const { t } = useI18n();
  const count = useTaskStore(
    (state) =>
      holdersOf(state, 'user', conversationId).length -
      (conversationId ? holdersOf(state, 'conversation', conversationId).length : 0),
  );
  if (count <= 0) return null;
  return (
    <span
      role="status"
      className="flex h-[34px] shrink-0 items-center gap-2 rounded-full border border-line bg-raised px-3 text-[13px]"
    >
      <span aria-hidden="true" className="size-[7px] rounded-full bg-accent" />
      <span className="max-[719px]:sr-only">{t('navbar.running', { count })}</span>
      <span aria-hidden="true" className="num min-[720px]:hidden">
        {count}
      </span>
    </span>
  );
}

/** Show a title wherever the conversation is named, before it is stored. */
export function syncTitleToNavbar(conversationId: string, title: string): void {
  useChatStore.getState().renameConversation(conversationId, title);
}
