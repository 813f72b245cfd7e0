import { useQueryClient } from '@tanstack/react-query';
import { PanelLeft } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { GalleryFilters } from '@/components/gallery/GalleryFilters';
import { SHEET, WorkGrid } from '@/components/gallery/WorkGrid';
import type { WorkActions } from '@/components/gallery/WorkMenu';
import { Button, IconButton } from '@/components/ui/Button';
import { ConfirmDialog } from '@/components/ui/Dialog';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useModelSelection } from '@/hooks/useModelSelection';
import { useWorks, type Work } from '@/hooks/useWorks';
import { useI18n } from '@/i18n';
import { ASSETS, deleteAsset, type WorkFilter } from '@/services/assets';
import { referToInNew, reuseTask } from '@/services/reuse';

const WorkPreview = lazy(() =>
  import('@/components/gallery/WorkPreview').then((file) => ({ default: file.WorkPreview })),
);

const EVERYTHING: WorkFilter = { kind: null, modelId: null };
const NEAR_END = 6;
const BLANKS = Array.from({ length: 12 }, (_, index) => index);

interface GalleryProps {
  sidebarShown: boolean;
  onOpenSidebar: () => void;
}

/** All that one has made here, newest first. */
export function Gallery({ sidebarShown, onOpenSidebar }: GalleryProps) {
  const { t } = useI18n();
  const [filter, setFilter] = useState(EVERYTHING);
  const [opened, setOpened] = useState<number | null>(null);
  const [doomed, setDoomed] = useState<Work | null>(null);
  const { models } = useModelSelection({ conversationModelId: null });
  const list = useWorks(filter);
  const { works } = list;
  const actions = useActions(setDoomed);
  const remove = useRemoval(() => setDoomed(null));
  const open = (index: number): void => {
    setOpened(index);
    if (index >= works.length - NEAR_END) list.loadMore();
  };
  const isFiltered = filter.kind !== null || filter.modelId !== null;
  return (
    <main className="relative flex min-w-0 flex-1 flex-col bg-surface max-[719px]:bg-bg">
      <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 px-7 py-2 max-[719px]:px-2">
        {!sidebarShown && (
          <IconButton label={t('sidebar.open')} onClick={onOpenSidebar} className="-mr-2">
            <PanelLeft size={18} strokeWidth={1.6} />
          </IconButton>
        )}
        <h1 className="mr-auto text-title font-semibold max-[719px]:pl-1.5">{t('gallery.title')}</h1>
        <GalleryFilters filter={filter} models={models} onFilter={setFilter} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-7 pt-2 pb-10 max-[719px]:px-3">
        {list.isPending ? (
          <Blanks />
        ) : works.length > 0 ? (
          <WorkGrid
            works={works}
            models={models}
            hasMore={list.hasMore}
            actions={actions}
            onOpen={open}
            onLoadMore={list.loadMore}
          />
        ) : list.isError ? (
          <div role="alert" className="grid justify-items-center gap-3 py-16 text-small text-ink-2">
            {t('gallery.failed')}
            <Button onClick={list.retry}>{t('common.retry')}</Button>
          </div>
        ) : (
          <Empty isFiltered={isFiltered} onShowAll={() => setFilter(EVERYTHING)} />
        )}
      </div>
      {opened !== null && works[opened] && (
        <Suspense>
          <WorkPreview
            works={works}
            index={opened}
            actions={actions}
            onIndex={open}
            onClose={() => setOpened(null)}
          />
        </Suspense>
      )}
      <ConfirmDialog
        open={doomed !== null}
        title={t(doomed?.kind === 'video' ? 'gallery.deleteClipTitle' : 'gallery.deleteTitle')}
        text={t('gallery.deleteText')}
        action={t('gallery.delete')}
        onConfirm={() => doomed && void remove(doomed)}
        onClose={() => setDoomed(null)}
      />
    </main>
  );
}

/** What leads away from a work; what was refused is said in a notice. */
function useActions(remove: (work: Work) => void): WorkActions & { refer: (work: Work) => void } {
  const { t, errorText } = useI18n();
  const navigate = useNavigate();
  const notify = useNotices((state) => state.show);
  const reuse = async ({ origin }: Work): Promise<void> => {
    try {
      const { conversationId, lost } = await reuseTask(origin.task_id);
      await navigate(conversationId ? `/c/${conversationId}` : '/');
      notify(lost > 0 ? t('gallery.reusedWithout', { count: lost }) : t('gallery.reused'));
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };
  return {
    toMessage: ({ origin }) => {
      const named = origin.message_id ? `?message=${origin.message_id}` : '';
      void navigate(`/c/${origin.conversation_id}${named}`);
    },
    reuse: (work) => void reuse(work),
    refer: (work) => {
      referToInNew(work);
      void navigate('/');
    },
    remove,
  };
}

function useRemoval(onSettled: () => void): (work: Work) => Promise<void> {
  const { t, errorText } = useI18n();
  const client = useQueryClient();
  const notify = useNotices((state) => state.show);
  return async (work) => {
    try {
      await deleteAsset(work.id);
      notify(t('gallery.deleted'));
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
    onSettled();
    await client.invalidateQueries({ queryKey: ASSETS });
  };
}

function Empty({ isFiltered, onShowAll }: { isFiltered: boolean; onShowAll: () => void }) {
  const { t } = useI18n();
  return (
    <div className="grid h-full min-h-64 place-content-center justify-items-center gap-3 text-center">
      <p className="font-serif text-display font-medium">
        {t(isFiltered ? 'gallery.nothing' : 'gallery.empty')}
      </p>
      {isFiltered ? (
        <Button onClick={onShowAll}>{t('gallery.showAll')}</Button>
      ) : (
        <>
          <p className="max-w-96 text-small text-ink-2">{t('gallery.emptyHint')}</p>
          <Link to="/" className="mt-1 text-small underline underline-offset-4">
            {t('gallery.begin')}
          </Link>
        </>
      )}
    </div>
  );
}

/** Blank paper where the works will be. */
function Blanks() {
  const { t } = useI18n();
  return (
    <div role="status" aria-label={t('app.loading')} className={`late ${SHEET}`}>
      {BLANKS.map((each) => (
        <div key={each} className="mb-5 aspect-square rounded-2 bg-sunken" />
      ))}
    </div>
  );
}
