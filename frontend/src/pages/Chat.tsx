import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useMatch, useNavigate } from 'react-router';
import { EmptyState } from '@/components/chat/EmptyState';
import { InputArea, type InputHandle } from '@/components/chat/InputArea';
import type { SettingsTab } from '@/components/chat/SettingsModal';
import { Sidebar } from '@/components/chat/Sidebar';
import { Navbar } from '@/components/Navbar';
import { useLiveEvents } from '@/hooks/useLiveEvents';
import { useMediaHandlers } from '@/hooks/useMediaHandlers';
import { useMessageHandlers } from '@/hooks/useMessageHandlers';
import { useMessageLoader } from '@/hooks/useMessageLoader';
import { useModelSelection } from '@/hooks/useModelSelection';
import { useNarrow } from '@/hooks/useNarrow';
import { useTaskTray } from '@/hooks/useTaskTray';
import { useI18n } from '@/i18n';
import { loadConversation } from '@/services/conversationService';
import { useConversationStore } from '@/stores/useChatStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Message, User } from '@/types';
import { createOrder } from '@/utils/mediaOptions';

const TaskTrayPanel = lazy(() =>
  import('@/components/tasks/TaskTrayPanel').then((file) => ({ default: file.TaskTrayPanel })),
);
// Not needed for an empty page, but soon after: asked for at once, drawn when it is there.
const messageArea = import('@/components/chat/MessageArea');
const MessageArea = lazy(() => messageArea.then((file) => ({ default: file.MessageArea })));
const SettingsModal = lazy(() =>
  import('@/components/chat/SettingsModal').then((file) => ({ default: file.SettingsModal })),
);

/** The studio: sidebar, messages, composer. Which conversation is shown stands in the address. */
export function Chat({ user }: { user: User }) {
  const { t } = useI18n();
  const conversationId = useMatch('/c/:conversationId')?.params.conversationId ?? null;
  const [settings, setSettings] = useState<SettingsTab | null>(null);
  const sidebar = useSidebar();
  const tray = useTaskTray();
  const composer = useRef<InputHandle>(null);
  const loader = useMessageLoader({ conversationId });
  const handlers = useMessageHandlers({ conversationId });
  const media = useMediaHandlers({ conversationId });
  const conversation = useConversationStore((state) =>
    conversationId ? state.conversations[conversationId] : undefined,
  );
  const { models, mode, setMode, selectedModel, setSelectedModel } = useModelSelection({
    conversationModelId: conversation?.model_id ?? null,
  });
  useCurrentConversation(conversationId, conversation !== undefined);
  useLiveEvents(user.id, conversationId);
  useNewConversationShortcut();
  useDocumentTitle(conversation?.title ?? '');

  const edit = async (message: Message, content: string): Promise<boolean> => {
    if (!selectedModel) return false;
    const place = { parentId: message.parent_id, branch: true };
    const order = createOrder(selectedModel, content, message.assets);
    const { taken } = order
      ? await media.handleOrder(order, message.assets, place)
      : await handlers.handleSendMessage(content, selectedModel.id, place);
    return taken;
  };

  const goOn = (message: Message, content: string): void => {
    const modelId = message.model_id ?? selectedModel?.id;
    if (modelId) void handlers.handleSendMessage(content, modelId, { parentId: message.id });
  };

  return (
    <div className="flex h-dvh">
      <a
        href="#message-field"
        className="sr-only z-50 rounded-2 bg-raised px-4 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        {t('app.skipToInput')}
      </a>
      {sidebar.shown && (
        <>
          <aside
            className={`w-[268px] shrink-0 border-r border-line ${sidebar.isDrawer ? 'fixed inset-y-0 left-0 z-40 w-[300px] max-w-[86vw] shadow-2' : ''}`}
          >
            <Sidebar
              user={user}
              modelId={selectedModel?.id ?? null}
              onClose={sidebar.close}
              onOpen={sidebar.closeDrawer}
              onOpenSettings={() => setSettings('general')}
              onOpenLedger={() => setSettings('credits')}
            />
          </aside>
          {sidebar.isDrawer && (
            <button
              type="button"
              tabIndex={-1}
              aria-hidden="true"
              onClick={sidebar.close}
              className="fixed inset-0 z-30 bg-veil"
            />
          )}
        </>
      )}
      <main className="relative flex min-w-0 flex-1 flex-col bg-surface max-[719px]:bg-bg">
        <Navbar
          conversationId={conversationId}
          sidebarShown={sidebar.shown}
          onOpenSidebar={sidebar.open}
          tasksShown={tray.open}
          onToggleTasks={() => tray.set(!tray.open)}
        />
        {conversationId ? (
          <Suspense fallback={<div className="min-h-0 flex-1" />}>
            <MessageArea
              conversationId={conversationId}
              loader={loader}
              models={models}
              onEdit={edit}
              onContinue={goOn}
            />
          </Suspense>
        ) : (
          <EmptyState onPick={(text) => composer.current?.fill(text)} />
        )}
        <InputArea
          conversationId={conversationId}
          models={models}
          mode={mode}
          onMode={setMode}
          selectedModel={selectedModel}
          onSelectModel={setSelectedModel}
          handlers={handlers}
          media={media}
          handle={composer}
        />
      </main>
      {tray.open && (
        <Suspense
          fallback={tray.isColumn && <div className="w-[304px] shrink-0 border-l border-line bg-bg" />}
        >
          <TaskTrayPanel tray={tray} />
        </Suspense>
      )}
      {settings && (
        <Suspense>
          <SettingsModal tab={settings} user={user} onTab={setSettings} onClose={() => setSettings(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** The sidebar is a column on wide screens, remembered, and a drawer on narrow ones. */
function useSidebar() {
  const isDrawer = useNarrow();
  const remembered = useSettingsStore((state) => state.sidebarOpen);
  const change = useSettingsStore((state) => state.change);
  const [drawerOpen, setDrawerOpen] = useState(false);
  useEffect(() => {
    if (!isDrawer || !drawerOpen) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setDrawerOpen(false);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isDrawer, drawerOpen]);
  const set = (open: boolean): void => (isDrawer ? setDrawerOpen(open) : change({ sidebarOpen: open }));
  return {
    isDrawer,
    shown: isDrawer ? drawerOpen : remembered,
    open: () => set(true),
    close: () => set(false),
    closeDrawer: () => setDrawerOpen(false),
  };
}

/** Note in the store which conversation is shown, and load it when the list does not hold it. */
function useCurrentConversation(id: string | null, known: boolean): void {
  const setCurrent = useConversationStore((state) => state.setCurrentConversation);
  useEffect(() => setCurrent(id), [id, setCurrent]);
  useEffect(() => {
    if (id && !known) void loadConversation(id).catch(() => undefined); // a missing one shows in the message area
  }, [id, known]);
}

function useNewConversationShortcut(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      void navigate('/');
      document.getElementById('message-field')?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}

function useDocumentTitle(title: string): void {
  const { t } = useI18n();
  useEffect(() => {
    document.title = title ? `${title} · ${t('app.name')}` : t('app.name');
  }, [title, t]);
}
