import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useNotices } from '@/components/ui/Toast';
import { useFrameActions } from '@/hooks/useFrameActions';
import { asApiError } from '@/hooks/useMessageLoader';
import { useTaskPolling } from '@/hooks/useTaskPolling';
import { useI18n } from '@/i18n';
import { cancelTask } from '@/services/image';
import { noteTask, repeatMedia } from '@/services/mediaSession';
import type { Asset, MediaTask, Message } from '@/types';
import { ratioName } from '@/utils/mediaOptions';
import { isTemp } from '@/utils/messageFactory';
import { MediaActions } from './MediaActions';
import { Frame } from './MediaFrame';
import { MediaPlaceholder } from './MediaPlaceholder';
import { singleWidth } from './MediaResult';
import type { MessageItemProps } from './MessageItem';

const ImagePreviewModal = lazy(() =>
  import('./ImagePreviewModal').then((file) => ({ default: file.ImagePreviewModal })),
);

const StoryboardResult = lazy(() =>
  import('@/components/storyboard/StoryboardResult').then((file) => ({ default: file.StoryboardResult })),
);

const ROW_MAX = 4;

interface MessageMediaProps extends MessageItemProps {
  task: MediaTask;
  /** Width over height that the result will have. */
  ratio: number;
  width: string;
}

/** What a task makes: the paper while it develops, then its frames like a contact sheet, and what can be done with them. */
export function MessageMedia(props: MessageMediaProps) {
  const { message, task, ratio, width, isLast } = props;
  const { errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  const [isCancelling, setCancelling] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [opened, setOpened] = useState<number | null>(null);
  const { addReference } = useFrameActions(message.conversation_id);
  const arrives = useArrival(message);
  useTaskPolling(message);

  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
  };
  const cancel = async (): Promise<void> => {
    setCancelling(true);
    await attempt(async () => noteTask(message.conversation_id, message.id, await cancelTask(task.id)));
    setCancelling(false);
  };
  const repeat = (): void => void attempt(() => repeatMedia(message));

  const frames = message.assets;
  const frame = frames[Math.min(chosen, frames.length - 1)];
  return (
    <>
      {task.storyboard ? (
        <Suspense
          fallback={<div className="paper max-w-full rounded-3" style={{ width, aspectRatio: ratio }} />}
        >
          <StoryboardResult
            task={task}
            film={frames[0] ?? task.assets[0]}
            ratio={ratio}
            arrives={arrives}
            isCancelling={isCancelling}
            busy={props.busy}
            onCancel={() => void cancel()}
          />
        </Suspense>
      ) : frames.length > 0 ? (
        <ContactSheet
          frames={frames}
          chosen={chosen}
          arrives={arrives}
          onChoose={setChosen}
          onOpen={setOpened}
          label={task.prompt}
        />
      ) : (
        <MediaPlaceholder
          task={task}
          ratio={ratio}
          width={width}
          isStored={!isTemp(message.id)}
          isCancelling={isCancelling}
          busy={props.busy}
          onCancel={() => void cancel()}
          onRetry={repeat}
        />
      )}
      {message.status !== 'developing' && (
        <MediaActions {...props} frame={frame} isLast={isLast} onRepeat={repeat} />
      )}
      {opened !== null && (
        <Suspense>
          <ImagePreviewModal
            frames={frames}
            prompt={task.prompt}
            request={task.request}
            index={opened}
            onUse={addReference}
            onIndex={setOpened}
            onClose={() => setOpened(null)}
          />
        </Suspense>
      )}
    </>
  );
}

interface ContactSheetProps {
  frames: Asset[];
  chosen: number;
  arrives: boolean;
  label: string;
  onChoose: (index: number) => void;
  onOpen: (index: number) => void;
}

/** One frame stands alone; more stand in rows of equal frames, numbered like the edge of a film. */
function ContactSheet({ frames, chosen, arrives, label, onChoose, onOpen }: ContactSheetProps) {
  const isOne = frames.length === 1;
  return (
    <ul
      className="grid gap-1.5 gap-y-2.5 max-[719px]:grid-cols-2!"
      style={
        isOne
          ? { display: 'block' }
          : { gridTemplateColumns: `repeat(${Math.min(frames.length, ROW_MAX)}, 1fr)` }
      }
    >
      {frames.map((asset, index) => (
        <li key={asset.id} className="min-w-0" style={isOne ? { width: frameWidth(asset) } : undefined}>
          <Frame
            asset={asset}
            number={index + 1}
            label={label}
            arrives={arrives}
            isChosen={!isOne && index === chosen}
            onPress={() => (isOne || index === chosen ? onOpen(index) : onChoose(index))}
            isChoice={!isOne && index !== chosen}
          />
          <p
            className="num mt-1 flex justify-between px-0.5 text-[11px] leading-4 text-ink-2"
            aria-hidden="true"
          >
            <span className={!isOne && index === chosen ? 'font-semibold text-accent' : ''}>{index + 1}</span>
            <span>{asset.width && asset.height ? ratioName(asset.width, asset.height) : ''}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}

function frameWidth({ width, height }: Asset): string {
  return singleWidth(width && height ? width / height : 1);
}

/** Tell whether the result has just come, before our eyes. */
function useArrival({ status }: Message): boolean {
  const developed = useRef(status === 'developing');
  useEffect(() => {
    if (status === 'developing') developed.current = true;
  }, [status]);
  return developed.current && status === 'complete';
}
