import { lazy, Suspense, useRef } from 'react';
import { EmptyState } from '@/components/chat/EmptyState';
import { InputArea, type InputHandle } from '@/components/chat/InputArea';
import { Navbar } from '@/components/Navbar';
import { useMediaHandlers } from '@/hooks/useMediaHandlers';
import { useMessageHandlers } from '@/hooks/useMessageHandlers';
import { useMessageLoader } from '@/hooks/useMessageLoader';
import { useModelSelection } from '@/hooks/useModelSelection';
import { useTaskTray } from '@/hooks/useTaskTray';
import { useConversationStore } from '@/stores/useChatStore';
import type { Message } from '@/types';
import { createOrder } from '@/utils/mediaOptions';

const TaskTrayPanel = lazy(() =>
  import('@/components/tasks/TaskTrayPanel').then((file) => ({ default: file.TaskTrayPanel })),
);
// Not needed for an empty page, but soon after: asked for at once, drawn when it is there.
const messageArea = import('@/components/chat/MessageArea');
const MessageArea = lazy(() => messageArea.then((file) => ({ default: file.MessageArea })));

interface ChatProps {
  conversationId: string | null;
  sidebarShown: boolean;
  onOpenSidebar: () => void;
}

/** A conversation (or one that is not begun yet): its messages, the composer, and what is being made. */
export function Chat({ conversationId, sidebarShown, onOpenSidebar }: ChatProps) {
  const tray = useTaskTray();
  const composer = useRef<InputHandle>(null);
  const loader = useMessageLoader({ conversationId });
  const handlers = useMessageHandlers({ conversationId });
  const media = useMediaHandlers({ conversationId });
  const conversation = useConversationStore((state) =>
    conversationId ? state.conversations[conversationId] : undefined,
  );
  const { models, listener, mode, setMode, selectedModel, setSelectedModel } = useModelSelection({
    conversationModelId: conversation?.model_id ?? null,
  });

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
    <>
      <main className="relative flex min-w-0 flex-1 flex-col bg-surface max-[719px]:bg-bg">
        <Navbar
          conversationId={conversationId}
          sidebarShown={sidebarShown}
          onOpenSidebar={onOpenSidebar}
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
          listener={listener}
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
    </>
  );
}
