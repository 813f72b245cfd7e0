import { ArrowUp, Square } from 'lucide-react';
import {
  type ClipboardEvent,
  type KeyboardEvent,
  lazy,
  type RefObject,
  Suspense,
  useLayoutEffect,
  useState,
} from 'react';
import type { RecordedAudio } from '@/hooks/useAudioRecording';
import type { Composer } from '@/hooks/useComposer';
import type { ImageUpload } from '@/hooks/useImageUpload';
import { type MessageKey, useI18n } from '@/i18n';
import type { Listener, Mode, Model, Quote } from '@/types';
import { formatCredits } from '@/utils/credits';
import { assignRoles } from '@/utils/mediaOptions';
import { takes } from '@/utils/modelConflict';
import { ImagePreview } from './ImagePreview';
import { ModelSelector } from './ModelSelector';
import { ModeSwitch } from './ModeSwitch';
import { UploadMenu } from './UploadMenu';

const AdvancedSettingsMenu = lazy(() =>
  import('./AdvancedSettingsMenu').then((file) => ({ default: file.AdvancedSettingsMenu })),
);

const AudioRecorder = lazy(() => import('./AudioRecorder').then((file) => ({ default: file.AudioRecorder })));
const VoiceNote = lazy(() => import('./VoiceNote').then((file) => ({ default: file.VoiceNote })));
const StoryboardEditor = lazy(() =>
  import('@/components/storyboard/StoryboardEditor').then((file) => ({ default: file.StoryboardEditor })),
);
const StoryboardToggle = lazy(() =>
  import('@/components/storyboard/StoryboardToggle').then((file) => ({ default: file.StoryboardToggle })),
);

const IME_KEY_CODE = 229;

interface InputControlsProps {
  conversationId: string | null;
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
  models: Model[];
  /** What turns recordings into text; null where nothing does. */
  listener: Listener | null;
  mode: Mode;
  selectedModel: Model | null;
  composer: Composer;
  upload: ImageUpload;
  /** An answer is being written, which can be stopped. */
  canStop: boolean;
  /** What sending would hold; null while it is not known. */
  quote: Quote | null;
  canSend: boolean;
  onChange: (text: string) => void;
  onMode: (mode: Mode) => void;
  onSelectModel: (id: string) => void;
  onOpenWorks: () => void;
  onSend: () => void;
  onStop: () => void;
}

/** The raised box of the composer: mode, text, model, send or stop. */
export function InputControls(props: InputControlsProps) {
  const { t } = useI18n();
  const { text, field, mode, selectedModel, composer, upload, onChange, onSend } = props;
  const { media, storyboard } = composer;
  const { board } = storyboard;
  const roles = media ? assignRoles(media, composer.assets).map(({ role }) => role) : [];
  const [isRecording, setRecording] = useState(false);
  const [note, setNote] = useState<RecordedAudio | null>(null);
  const hears = selectedModel !== null && takes(selectedModel, 'audio');
  useGrowingField(field, text);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // While an input method composes, Enter chooses a word; some browsers say so only by the key code.
    if (event.nativeEvent.isComposing || event.keyCode === IME_KEY_CODE) return;
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    onSend();
  };

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    upload.uploadImage(...files);
  };

  return (
    <form
      className="rounded-4 border border-line bg-raised shadow-2 focus-within:border-line-strong"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      <div className="flex items-center justify-between gap-2 px-2.5 pt-2">
        <ModeSwitch mode={mode} onMode={props.onMode} />
        {storyboard.isPossible && (
          <Suspense>
            <StoryboardToggle conversationId={props.conversationId} board={board} />
          </Suspense>
        )}
      </div>
      {media && board.isOn && (
        <Suspense>
          <StoryboardEditor
            conversationId={props.conversationId}
            media={media}
            board={board}
            quote={props.quote}
          />
        </Suspense>
      )}
      <ImagePreview attachments={composer.attachments} roles={roles} onRemove={upload.removeImage} />
      {isRecording && (
        <Suspense>
          <AudioRecorder
            onClose={() => setRecording(false)}
            onDone={(audio) => {
              setRecording(false);
              if (hears) upload.uploadAudio(audio.file, audio.levels);
              else setNote(audio);
            }}
          />
        </Suspense>
      )}
      {note && props.listener && (
        <Suspense>
          <VoiceNote
            audio={note}
            listener={props.listener}
            onText={(spoken) => {
              setNote(null);
              onChange(text.trim() ? `${text.trimEnd()}\n${spoken}` : spoken);
              field.current?.focus();
            }}
            onClose={() => {
              setNote(null);
              field.current?.focus();
            }}
          />
        </Suspense>
      )}
      <textarea
        ref={field}
        id="message-field"
        aria-label={t('input.label')}
        placeholder={composer.suggestion || t(board.isOn ? 'board.style' : PLACEHOLDERS[mode])}
        rows={1}
        value={text}
        hidden={isRecording}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        className="block max-h-[40dvh] w-full resize-none bg-transparent px-[18px] pt-2.5 pb-1.5 text-[15.5px] leading-relaxed placeholder:text-ink-3 max-[719px]:text-[16px]"
      />
      <div className="flex items-center gap-1.5 px-2.5 pb-2.5">
        <UploadMenu
          model={selectedModel}
          canRecord={hears || props.listener !== null}
          onFiles={(files) => upload.uploadImage(...files)}
          onOpenWorks={props.onOpenWorks}
          onRecord={() => {
            setNote(null);
            setRecording(true);
          }}
        />
        <ModelSelector
          models={props.models}
          mode={mode}
          selected={selectedModel}
          hasImage={composer.hasImage}
          hasVideo={composer.hasVideo}
          onSelect={props.onSelectModel}
        />
        {selectedModel && media && (
          <Suspense>
            <AdvancedSettingsMenu
              modelId={selectedModel.id}
              media={media}
              values={composer.values}
              hasPictures={composer.assets.length > 0}
            />
          </Suspense>
        )}
        <span className="flex-1" />
        {mode === 'chat' && (
          <span className="text-caption whitespace-nowrap text-ink-3 max-[1179px]:hidden">
            {t('input.hint')}
          </span>
        )}
        {props.quote && <Hold quote={props.quote} />}
        {props.canStop ? (
          <button
            type="button"
            aria-label={t('input.stop')}
            title={t('input.stop')}
            onClick={props.onStop}
            className={SEND}
          >
            <Square size={14} fill="currentColor" />
          </button>
        ) : (
          <button
            type="submit"
            aria-label={t('input.send')}
            title={t('input.send')}
            disabled={!props.canSend || isRecording}
            className={SEND}
          >
            <ArrowUp size={18} strokeWidth={2} />
          </button>
        )}
      </div>
    </form>
  );
}

const PLACEHOLDERS: Record<Mode, MessageKey> = {
  chat: 'input.placeholder',
  image: 'input.imagePlaceholder',
  video: 'input.videoPlaceholder',
};
const SEND =
  'ml-1.5 grid h-9 w-10 shrink-0 place-items-center rounded-[12px] bg-accent text-accent-ink transition-opacity duration-120 disabled:opacity-40 max-[719px]:h-11 max-[719px]:w-12';

/** What sending would hold, before it is sent. */
function Hold({ quote }: { quote: Quote }) {
  const { t, locale } = useI18n();
  const { amount_mc } = quote.maximum;
  const amount = formatCredits(amount_mc, locale);
  const tone = quote.affordable && !quote.limited ? 'text-ink-2' : 'text-warn';
  return (
    <span
      title={amount_mc > 0 ? t('input.holdsHint', { amount }) : undefined}
      className={`num ml-2 text-[12.5px] whitespace-nowrap ${tone}`}
    >
      <span className={amount_mc > 0 ? 'max-[719px]:hidden' : ''}>
        {amount_mc > 0 ? t('input.holds', { amount }) : t('input.free')}
      </span>
      {amount_mc > 0 && <span className="min-[720px]:hidden">{amount}</span>}
    </span>
  );
}

/** Let the field grow with its text; its style bounds it at 40 % of the height. */
function useGrowingField(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs whenever the text changes
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
