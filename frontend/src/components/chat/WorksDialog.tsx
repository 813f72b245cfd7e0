import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { Dialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';
import { ASSETS, listAssets, thumbnailUrl } from '@/services/assets';
import type { Asset } from '@/types';

const PAGE = 40;

interface WorksDialogProps {
  onPick: (asset: Asset) => void;
  onClose: () => void;
}

/** One's own pictures, newest first, to go on from one of them. */
export function WorksDialog({ onPick, onClose }: WorksDialogProps) {
  const { t } = useI18n();
  const { data, hasNextPage, fetchNextPage, isFetching, isError } = useInfiniteQuery({
    queryKey: [...ASSETS, 'image'],
    queryFn: ({ pageParam }) => listAssets('image', pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
  });
  const works = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Dialog open title={t('upload.works')} size="medium" onClose={onClose}>
      <div className="min-h-40 overflow-y-auto p-4">
        {works.length === 0 && !isFetching && (
          <p className="py-8 text-center text-small text-ink-2">
            {isError ? t('errors.unavailable') : t('upload.noWorks')}
          </p>
        )}
        <ul className="grid grid-cols-4 gap-1.5 max-[719px]:grid-cols-3">
          {works.map((asset) => (
            <li key={asset.id}>
              <button
                type="button"
                aria-label={asset.name || t('upload.picture')}
                onClick={() => onPick(asset)}
                className="block aspect-square w-full overflow-hidden rounded-2 bg-tray"
              >
                <img src={thumbnailUrl(asset)} alt="" loading="lazy" className="size-full object-cover" />
              </button>
            </li>
          ))}
        </ul>
        {hasNextPage && (
          <Button
            look="quiet"
            disabled={isFetching}
            className="mx-auto mt-3 flex"
            onClick={() => void fetchNextPage()}
          >
            {t('ledger.earlier')}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
