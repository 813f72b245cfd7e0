import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useGridKeys } from '@/hooks/useGridKeys';
import type { Work } from '@/hooks/useWorks';
import { useI18n } from '@/i18n';
import type { Model } from '@/types';
import type { WorkActions } from './WorkMenu';
import { WorkTile } from './WorkTile';

export const SHEET =
  'grid grid-cols-[repeat(auto-fill,minmax(min(220px,42vw),1fr))] gap-x-1.5 gap-y-3 max-[719px]:gap-x-2';
/** How far below what is visible the next page is asked for. */
const AHEAD = '1200px';

interface WorkGridProps {
  works: Work[];
  models: Model[];
  hasMore: boolean;
  actions: WorkActions;
  onOpen: (index: number) => void;
  onLoadMore: () => void;
}

/** The works like a contact sheet; the next ones come before their place is in view. */
export function WorkGrid({ works, models, hasMore, actions, onOpen, onLoadMore }: WorkGridProps) {
  const { t } = useI18n();
  const { gridRef, active, onKeyDown, onFocus } = useGridKeys(works.length);
  const onKey = (event: KeyboardEvent): void => {
    const work = works[active];
    if (event.key === 'Delete' && work) actions.remove(work);
    else onKeyDown(event);
  };
  return (
    <>
      <ul ref={gridRef} aria-label={t('gallery.title')} onKeyDown={onKey} onFocus={onFocus} className={SHEET}>
        {works.map((work, index) => (
          <WorkTile
            key={work.id}
            work={work}
            modelName={models.find(({ id }) => id === work.origin.model_id)?.name ?? work.origin.model_id}
            isActive={index === active}
            actions={actions}
            onOpen={() => onOpen(index)}
          />
        ))}
      </ul>
      {hasMore && <More key={works.length} onNear={onLoadMore} />}
    </>
  );
}

function More({ onNear }: { onNear: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  const near = useRef(onNear);
  useEffect(() => {
    near.current = onNear;
  });
  useEffect(() => {
    const end = ref.current;
    if (!end) return;
    const watcher = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) near.current();
      },
      { rootMargin: AHEAD },
    );
    watcher.observe(end);
    return () => watcher.disconnect();
  }, []);
  return <div ref={ref} className="h-px" />;
}
