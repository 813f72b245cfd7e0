import {
  lazy,
  type RefObject,
  Suspense,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { SendRefusal } from '@/components/credits/SendRefusal';
import { TooManyTasks } from '@/components/credits/TooManyTasks';
import { useNotices } from '@/components/ui/Toast';
import { type Composer, useComposer } from '@/hooks/useComposer';
import { useDragDropUpload } from '@/hooks/useDragDropUpload';
import { useGeneration } from '@/hooks/useGeneration';
import { useImageUpload } from '@/hooks/useImageUpload';
import type { MediaHandlers } from '@/hooks/useMediaHandlers';
import type { MessageHandlers, SendOutcome } from '@/hooks/useMessageHandlers';
import { useQuote } from '@/hooks/useQuote';
import { useTaskLimits } from '@/hooks/useTaskLimits';
import { useI18n } from '@/i18n';
import { attachmentOf, useComposerStore } from '@/stores/useComposerStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import type { Listener, Mode, Model } from '@/types';
import { readDraft, writeDraft } from '@/utils/draftStorage';
import { createOrder } from '@/utils/mediaOptions';
import type { MediaOrder } from '@/utils/messageFactory';
import { NO_BOARD } from '@/utils/storyboard';
import { ConflictAlert } from './ConflictAlert';
import { InputControls } from './InputControls';
import { InputNote } from './InputNote';
import { StaleNotice } from './StaleNotice';

const WorksDialog = lazy(() => import('./WorksDialog').then((file) => ({ default: file.WorksDialog })));

export interface InputHandle {
  fill: (text: string) => void;
}

interface InputAreaProps {
  conversationId: string | null;
  models: Model[];
  listener: Listener | null;
  mode: Mode;
  onMode: (mode: Mode) => void;
  selectedModel: Model | null;
  onSelectModel: (id: string) => void;
  handlers: MessageHandlers;
  media: MediaHandlers;
  handle: RefObject<InputHandle | null>;
}

/** The composer: the text, which survives a reload, what goes with it, what sending it holds, and why it was refused. */
export function InputArea(props: InputAreaProps) {
  const { conversationId, models, mode, selectedModel, handlers, media, handle } = props;
  const draft = useDraft(conversationId);
  const { text, change, takeBack } = draft;
  const [showsWorks, setShowsWorks] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const composer = useComposer(conversationId, selectedModel);
  const upload = useUploads(conversationId);
  const { isDragging } = useDragDropUpload((files) => upload.uploadImage(...files));
  const modelId = selectedModel?.id ?? null;
  const { options, storyboard } = composer;
  const { shots, chain } = storyboard.ordered;
  const shotSeconds = useMemo(() => shots.map(({ seconds }) => seconds), [shots]);
  const quote = useQuote({
    modelId,
    conversationId,
    text: mode === 'chat' ? text : '',
    options,
    shotSeconds,
    chain,
  });
  const limits = useTaskLimits(conversationId);
  const reason = mode === 'chat' ? limits.reason : undefined;
  const { error, clearError } = mode === 'chat' ? handlers : media;
  const canSend = isComplete(text, selectedModel, composer) && !reason && !media.isOrdering;

  const fill = (next: string): void => {
    change(next);
    field.current?.focus();
  };
  useImperativeHandle(handle, () => ({ fill }));

  const generate = useGeneration(composer, media, draft);
  const order = (model: Model, prompt: string, board = NO_BOARD): MediaOrder | null => {
    const saved = useSettingsStore.getState().modelOptions[model.id];
    return createOrder(model, prompt, composer.assets, saved, board);
  };
  /** Make pictures: from the words, and from the pictures beside them. */
  const handleImageGeneration = (
    messageContent: string,
    currentConversationId: string | null,
    model: Model,
  ): Promise<SendOutcome> => generate(messageContent, currentConversationId, order(model, messageContent));
  /** Make a clip: from the words, from its frames, or shot by shot. */
  const handleVideoGeneration = (
    messageContent: string,
    currentConversationId: string | null,
    model: Model,
  ): Promise<SendOutcome> =>
    generate(messageContent, currentConversationId, order(model, messageContent, storyboard.board));
  /** What was refused because the conversation went on elsewhere, after it was decided where it belongs. */
  const sendAfterAll: MessageHandlers['handleSendMessage'] = (content, withModelId, place) => {
    const model = models.find((each) => each.id === withModelId);
    const ordered = model ? order(model, content, storyboard.board) : null;
    if (!ordered) return handlers.handleSendMessage(content, withModelId, place);
    const where = { parentId: place?.parentId ?? null, branch: place?.branch ?? false };
    return generate(content, conversationId, ordered, where);
  };

  const send = async (withModelId: string | null): Promise<void> => {
    const content = text.trim() || composer.suggestion;
    const model = models.find((each) => each.id === withModelId);
    if (!model || !canSend) return;
    if (model.mode === 'image') return void handleImageGeneration(content, conversationId, model);
    if (model.mode === 'video') return void handleVideoGeneration(content, conversationId, model);
    if (handlers.isProcessing) return;
    change('');
    const outcome = await handlers.handleSendMessage(content, model.id);
    if (!outcome.taken) takeBack(content, outcome.conversationId);
  };

  return (
    <div className="shrink-0 px-7 pb-3 max-[719px]:px-2 max-[719px]:pb-[max(8px,env(safe-area-inset-bottom))]">
      {isDragging && <DropFrame />}
      <div className="mx-auto max-w-[784px]">
        {conversationId && (
          <StaleNotice conversationId={conversationId} onSend={sendAfterAll} onSettled={() => change('')} />
        )}
        {reason && <TooManyTasks conversationId={conversationId} scope={reason} />}
        {error && (
          <SendRefusal
            error={error}
            models={models}
            modelId={modelId}
            quote={quote}
            onRetry={canSend ? () => void send(modelId) : undefined}
            onModel={(id) => {
              props.onSelectModel(id);
              void send(id);
            }}
            onClose={clearError}
          />
        )}
        {composer.conflict && selectedModel && (
          <ConflictAlert
            reason={composer.conflict}
            models={models}
            model={selectedModel}
            hasImage={composer.hasImage}
            hasVideo={composer.hasVideo}
            hasAudio={composer.hasAudio}
            onModel={props.onSelectModel}
            onRemove={() => useComposerStore.getState().setAttachments(conversationId, [])}
          />
        )}
        <InputControls
          {...props}
          text={text}
          field={field}
          quote={quote}
          composer={composer}
          upload={upload}
          canSend={canSend}
          canStop={mode === 'chat' && handlers.isProcessing}
          onChange={change}
          onOpenWorks={() => setShowsWorks(true)}
          onSend={() => void send(modelId)}
          onStop={() => void handlers.handleStop()}
        />
        <InputNote mode={mode} quote={quote} />
      </div>
      {showsWorks && (
        <Suspense>
          <WorksDialog
            onClose={() => setShowsWorks(false)}
            onPick={(asset) => {
              useComposerStore.getState().attach(conversationId, attachmentOf(asset));
              setShowsWorks(false);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

/** Tell whether there is something that the model can take. */
function isComplete(text: string, model: Model | null, composer: Composer): boolean {
  if (!model || composer.conflict || !composer.isReady) return false;
  if (text.trim() || composer.suggestion || composer.storyboard.board.isOn) return true;
  return model.media !== null && composer.assets.length > 0 && !model.media.prompt_required;
}

/** The page while files are held above it. */
function DropFrame() {
  const { t } = useI18n();
  return (
    <div className="pointer-events-none absolute inset-3 z-40 grid place-items-center rounded-4 border-2 border-dashed border-accent bg-surface/90">
      <p className="font-serif text-[20px]">{t('upload.drop')}</p>
    </div>
  );
}

/** Uploads of a conversation; why one was refused is said in a notice. */
function useUploads(conversationId: string | null) {
  const { errorText } = useI18n();
  const notify = useNotices((state) => state.show);
  return useImageUpload(conversationId, (error) => notify(errorText(error), true));
}

/** The text of a conversation that is not sent yet. */
function useDraft(conversationId: string | null) {
  const [text, setText] = useState(() => readDraft(conversationId));
  const shownId = useRef(conversationId);
  useEffect(() => {
    shownId.current = conversationId;
    setText(readDraft(conversationId));
  }, [conversationId]);

  const change = (next: string): void => {
    setText(next);
    writeDraft(conversationId, next);
  };
  /** What was not taken comes back where it was meant to go, shown there already or not, unless something new stands there. */
  const takeBack = (content: string, id: string | null): void => {
    if (!readDraft(id)) writeDraft(id, content);
    if (id === shownId.current) setText((now) => now || content);
  };
  return { text, change, takeBack };
}
