import { Check, X } from 'lucide-react';
import { useEffect } from 'react';
import { IconButton } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { type RecordedAudio, type RecordingRefusal, useAudioRecording } from '@/hooks/useAudioRecording';
import { type MessageKey, useI18n } from '@/i18n';
import { formatDuration } from '@/utils/duration';
import { LevelBars } from './LevelBars';

const BARS = 120;
const REFUSALS: Record<RecordingRefusal, MessageKey> = {
  refused: 'audio.refused',
  missing: 'audio.missing',
  unsupported: 'audio.unsupported',
  broken: 'audio.broken',
};

interface AudioRecorderProps {
  onDone: (audio: RecordedAudio) => void;
  /** It was called off, or could not begin. */
  onClose: () => void;
}

/** In the place of the text while a voice is recorded: its level, its time, and the ways out. */
export function AudioRecorder({ onDone, onClose }: AudioRecorderProps) {
  const { t } = useI18n();
  const notify = useNotices((state) => state.show);
  const { isRecording, seconds, levels, startRecording, stopRecording, cancelRecording } = useAudioRecording({
    onDone,
    onRefused: (why) => {
      notify(t(REFUSALS[why]), true);
      onClose();
    },
  });
  useEffect(() => void startRecording(), [startRecording]);
  return (
    <fieldset aria-label={t('audio.recording')} className="flex h-14 items-center gap-2 px-3">
      <IconButton
        label={t('common.cancel')}
        onClick={() => {
          cancelRecording();
          onClose();
        }}
      >
        <X size={18} strokeWidth={1.6} />
      </IconButton>
      <LevelBars levels={levels.slice(-BARS)} count={BARS} className="h-7 min-w-0 flex-1 justify-end" />
      <span role="timer" aria-label={t('audio.length')} className="num w-12 text-right text-[12.5px]">
        {formatDuration(seconds)}
      </span>
      <IconButton label={t('audio.done')} disabled={!isRecording} onClick={stopRecording}>
        <Check size={18} strokeWidth={2} />
      </IconButton>
    </fieldset>
  );
}
