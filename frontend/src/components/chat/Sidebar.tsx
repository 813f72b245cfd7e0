import { LayoutGrid, PanelLeft, Plus, Settings } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link, NavLink } from 'react-router';
import { CreditsMeter } from '@/components/credits/CreditsMeter';
import { IconButton } from '@/components/ui/Button';
import { Wordmark } from '@/components/ui/Wordmark';
import { useI18n } from '@/i18n';
import { useConversationStore } from '@/stores/useChatStore';
import type { User } from '@/types';
import { ConversationList } from './ConversationList';
import { SearchField, useHitKeys } from './SearchField';
import { SidebarMenu } from './SidebarMenu';

const SearchResults = lazy(() => import('./SearchResults').then((file) => ({ default: file.SearchResults })));
const SelectList = lazy(() => import('./SelectList').then((file) => ({ default: file.SelectList })));

interface SidebarProps {
  user: User;
  /** The model that would answer next. */
  modelId: string | null;
  onClose: () => void;
  /** A conversation (or a new one) was chosen: a drawer closes then. */
  onOpen: () => void;
  onOpenSettings: () => void;
  onOpenLedger: () => void;
}

/** The left side: new conversation, search, the list, one's credits, and oneself. */
export function Sidebar({ user, modelId, onClose, onOpen, onOpenSettings, onOpenLedger }: SidebarProps) {
  const { t } = useI18n();
  const [query, setQuery] = useState('');
  const [archived, setArchived] = useState(false);
  const [selecting, setSelecting] = useState<{ first: string | null } | null>(null);
  const { field, onKeyDown } = useHitKeys();
  const currentId = useConversationStore((state) => state.currentConversationId);
  const leaveSelecting = (): void => {
    setSelecting(null);
    field.current?.focus();
  };
  return (
    <div className="flex h-full flex-col bg-bg px-3 pt-3.5 pb-[max(12px,env(safe-area-inset-bottom))]">
      <div className="flex items-center justify-between pb-3 pl-2">
        <Wordmark />
        <IconButton label={t('sidebar.close')} onClick={onClose}>
          <PanelLeft size={18} strokeWidth={1.6} />
        </IconButton>
      </div>
      <Link
        to="/"
        onClick={onOpen}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-10 shrink-0 items-center gap-2 rounded-2 border border-line bg-raised px-3 text-[14px] font-medium shadow-1 hover:bg-sunken max-[719px]:h-11"
      >
        <Plus size={18} strokeWidth={1.6} />
        {t('sidebar.newConversation')}
        <span
          aria-hidden="true"
          className="num ml-auto text-[11px] font-medium text-ink-3 max-[719px]:hidden"
        >
          {SHORTCUT}
        </span>
      </Link>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows lead from the field to what it found */}
      <div className="flex min-h-0 flex-1 flex-col" onKeyDown={onKeyDown}>
        <div className="mt-1.5 flex shrink-0 items-center">
          <SearchField query={query} onChange={setQuery} field={field} />
          {!query && !selecting && (
            <SidebarMenu onArchive={() => setArchived(true)} onSelect={() => setSelecting({ first: null })} />
          )}
        </div>
        <NavLink
          to="/gallery"
          onClick={onOpen}
          className="flex h-9 shrink-0 items-center gap-2 rounded-2 px-3 text-small text-ink-2 hover:bg-selected hover:text-ink aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-ink max-[719px]:h-11"
        >
          <LayoutGrid size={15} strokeWidth={1.6} aria-hidden="true" />
          {t('gallery.title')}
        </NavLink>
        <Suspense fallback={<div className="flex-1" />}>
          {query.trim() ? (
            <SearchResults query={query.trim()} currentId={currentId} onOpen={onOpen} />
          ) : selecting ? (
            <SelectList archived={archived} first={selecting.first} onDone={leaveSelecting} />
          ) : (
            <ConversationList
              archived={archived}
              onLeaveArchive={() => setArchived(false)}
              onSelect={(first) => setSelecting({ first })}
              onOpen={onOpen}
            />
          )}
        </Suspense>
      </div>
      <div className="border-t border-line pt-2">
        <CreditsMeter modelId={modelId} onOpenLedger={onOpenLedger} />
      </div>
      <div className="flex items-center gap-2.5 pt-1 pl-2">
        <span
          aria-hidden="true"
          className="grid size-7 shrink-0 place-items-center rounded-full bg-ink-2 text-caption font-semibold text-bg"
        >
          {user.display_name.slice(0, 1).toUpperCase()}
        </span>
        <span className="min-w-0 flex-1 truncate text-[14px]">{user.display_name}</span>
        <IconButton label={t('sidebar.settings')} onClick={onOpenSettings}>
          <Settings size={18} strokeWidth={1.6} />
        </IconButton>
      </div>
    </div>
  );
}

const SHORTCUT = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';
