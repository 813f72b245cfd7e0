import { useState } from 'react';
import type { MediaTask } from '@/types/live';

/** What came of a task, or what it began from, or blank paper. */
export function TaskThumb({ task }: { task: MediaTask }) {
  const result = task.assets.find((asset) => asset.has_thumbnail)?.id;
  const assetId = result ?? task.request.references[0]?.asset_id;
  const [missing, setMissing] = useState<string | null>(null);
  return (
    <div className="size-14 shrink-0 overflow-hidden rounded-[9px] bg-tray">
      {assetId && assetId !== missing && (
        <img
          src={`/api/assets/${assetId}/thumbnail`}
          alt=""
          loading="lazy"
          onError={() => setMissing(assetId)}
          className={`size-full object-cover ${result ? '' : 'opacity-60 blur-[5px] saturate-40'}`}
        />
      )}
    </div>
  );
}
