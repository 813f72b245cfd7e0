import { lazy, Suspense } from 'react';
import { useChatStore } from '@/stores/useChatStore';
import type { MediaTask, Model } from '@/types';
import { expectedRatio, optionsThatHold } from '@/utils/mediaOptions';
import type { MessageItemProps } from './MessageItem';

const MessageMedia = lazy(() => import('./MessageMedia').then((file) => ({ default: file.MessageMedia })));

const SINGLE_WIDTH_PX = 548;
const HEIGHT_MAX_PX = 560;

interface MediaResultProps extends MessageItemProps {
  task: MediaTask;
}

/** The place of what a task makes: it has its final shape from the beginning, before its own code is loaded. */
export function MediaResult(props: MediaResultProps) {
  const { message, task, model } = props;
  const { conversation_id, parent_id } = message;
  const first = useChatStore(({ messages }) =>
    parent_id ? messages[conversation_id]?.byId[parent_id]?.assets[0] : undefined,
  );
  const values = valuesOf(task, model);
  const count = Math.max(1, Number(values.n ?? 1));
  const ratio = expectedRatio(task.kind, values, first) * count;
  const width = count > 1 ? '100%' : singleWidth(ratio);
  return (
    <Suspense fallback={<div className="paper max-w-full rounded-3" style={{ width, aspectRatio: ratio }} />}>
      <MessageMedia {...props} ratio={ratio} width={width} />
    </Suspense>
  );
}

/** Return the width of a frame that stands alone: bounded in both directions. */
export function singleWidth(ratio: number): string {
  return `min(100%, ${SINGLE_WIDTH_PX}px, calc(${HEIGHT_MAX_PX}px * ${ratio.toFixed(4)}))`;
}

function valuesOf({ request }: MediaTask, model: Model | undefined) {
  return model?.media ? optionsThatHold(model.media, request.options) : request.options;
}
