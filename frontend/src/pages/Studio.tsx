import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useMatch, useNavigate } from 'react-router';
import type { SettingsTab } from '@/components/chat/SettingsModal';
import { Sidebar as SidebarContent } from '@/components/chat/Sidebar';
import { useLiveEvents } from '@/hooks/useLiveEvents';
import { useModelSelection } from '@/hooks/useModelSelection';
import { useShortcuts } from '@/hooks/useShortcuts';
import { useSidebar } from '@/hooks/useSidebar';
import { useI18n } from '@/i18n';
import { Chat } from '@/pages/Chat';
import { loadConversation } from '@/services/conversationService';
import { keepOfflinePage } from '@/services/offlinePage';
import { useConversationStore } from '@/stores/useChatStore';
import { useConnectionStore } from '@/stores/useConnectionStore';
import type { User } from '@/types';

const Gallery = lazy(() => import('@/pages/Gallery').then((file) => ({ default: file.Gallery })));
const NewVersion = lazy(() =>
  import('@/components/NewVersion').then((file) => ({ default: file.NewVersion })),
);
const ShortcutsDialog = lazy(() =>
  import('@/components/ShortcutsDialog').then((file) => ({ default: file.ShortcutsDialog })),
);
const SettingsModal = lazy(() =>
  import('@/components/chat/SettingsModal').then((file) => ({ default: file.SettingsModal })),
);

const FIELD = 'message-field';
const GALLERY = '/gallery';

type Sidebar = ReturnType<typeof useSidebar>;

/** The studio: the sidebar, and beside it a conversation or the works. What is shown stands in the address. */
export function Studio({ user }: { user: User }) {
  const { t } = useI18n();
  const conversationId = useMatch('/c/:conversationId')?.params.conversationId ?? null;
  const isGallery = useMatch(GALLERY) !== null;
  const [settings, setSettings] = useState<SettingsTab | null>(null);
  const [isListed, setListed] = useState(false);
  const [isPutOff, setPutOff] = useState(false);
  const isOutdated = useConnectionStore((state) => state.isOutdated);
  const sidebar = useSidebar();
  const conversation = useConversationStore((state) =>
    conversationId ? state.conversations[conversationId] : undefined,
  );
  const { selectedModel } = useModelSelection({ conversationModelId: conversation?.model_id ?? null });
  useCurrentConversation(conversationId, conversation !== undefined);
  useLiveEvents(user.id, conversationId);
  useStudioShortcuts(
    sidebar,
    () => setSettings('general'),
    () => setListed(true),
  );
  useEffect(() => void keepOfflinePage(), []);
  useDocumentTitle(isGallery ? t('gallery.title') : (conversation?.title ?? ''));

  return (
    <div className="flex h-dvh">
      {!isGallery && (
        <a
          href="#message-field"
          className="sr-only z-50 rounded-2 bg-raised px-4 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        >
          {t('app.skipToInput')}
        </a>
      )}
      {sidebar.shown && (
        <>
          <aside
            className={`w-[268px] shrink-0 border-r border-line ${sidebar.isDrawer ? 'fixed inset-y-0 left-0 z-40 w-[300px] max-w-[86vw] shadow-2' : ''}`}
          >
            <SidebarContent
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
      {isGallery ? (
        <Suspense fallback={<main className="flex-1 bg-surface max-[719px]:bg-bg" />}>
          <Gallery sidebarShown={sidebar.shown} onOpenSidebar={sidebar.open} />
        </Suspense>
      ) : (
        <Chat conversationId={conversationId} sidebarShown={sidebar.shown} onOpenSidebar={sidebar.open} />
      )}
      {isListed && (
        <Suspense>
          <ShortcutsDialog onClose={() => setListed(false)} />
        </Suspense>
      )}
      {isOutdated && !isPutOff && (
        <Suspense>
          <NewVersion onLater={() => setPutOff(true)} />
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

/** Note in the store which conversation is shown, and load it when the list does not hold it. */
function useCurrentConversation(id: string | null, known: boolean): void {
  const setCurrent = useConversationStore((state) => state.setCurrentConversation);
  useEffect(() => setCurrent(id), [id, setCurrent]);
  useEffect(() => {
    if (id && !known) void loadConversation(id).catch(() => undefined); // a missing one shows in the message area
  }, [id, known]);
}

/** What the keys do that hold anywhere on the page. */
function useStudioShortcuts(sidebar: Sidebar, onSettings: () => void, onList: () => void): void {
  const navigate = useNavigate();
  const isGallery = useMatch(GALLERY) !== null;
  const wantsField = useRef(false);
  /** Go to the field: now, or once a conversation is shown. */
  const goToField = (): void => {
    // The address is ahead of what is shown: a field that is still here is about to go.
    const isAway = window.location.pathname === GALLERY;
    if (isAway) void navigate('/');
    const field = isAway ? null : document.getElementById(FIELD);
    wantsField.current = field === null;
    field?.focus();
  };
  useEffect(() => {
    const field = wantsField.current && !isGallery ? document.getElementById(FIELD) : null;
    if (!field) return;
    wantsField.current = false;
    field.focus();
  });
  useShortcuts({
    newConversation: () => {
      goToField();
      if (window.location.pathname !== '/') void navigate('/');
    },
    composer: goToField,
    search: () => {
      flushSync(sidebar.open);
      document.querySelector<HTMLElement>('aside input[type="search"]')?.focus();
    },
    gallery: () => void navigate(GALLERY),
    sidebar: () => (sidebar.shown ? sidebar.close() : sidebar.open()),
    settings: onSettings,
    list: onList,
  });
}

function useDocumentTitle(title: string): void {
  const { t } = useI18n();
  useEffect(() => {
    document.title = title ? `${title} · ${t('app.name')}` : t('app.name');
  }, [title, t]);
}
