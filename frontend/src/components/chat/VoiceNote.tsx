import { Pause, Play, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button, IconButton } from '@/components/ui/Button';
import type { RecordedAudio } from '@/hooks/useAudioRecording';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { transcribe } from '@/services/transcription';
import type { Listener } from '@/types';
import { formatCredits } from '@/utils/credits';
import { formatDuration } from '@/utils/duration';
import { LevelBars, toBars } from './LevelBars';

const BARS = 48;

interface VoiceNoteProps {
  audio: RecordedAudio;
  listener: Listener;
  onText: (text: string) => void;
  onClose: () => void;
}

/** A recording that is to become text: listen to it first, see what that costs, and check the text before it is sent. */
export function VoiceNote({ audio, listener, onText, onClose }: VoiceNoteProps) {
  const { t, locale, errorText } = useI18n();
  const [state, setState] = useState<'here' | 'sent'>('here');
  const [refusal, setRefusal] = useState<string | null>(null);
  const player = usePlayer(audio);
  const asked = useRef<AbortController | null>(null);
  // One may go on writing meanwhile: the text is put where it is to go then.
  const tell = useRef(onText);
  useEffect(() => {
    tell.current = onText;
  });
  useEffect(() => () => asked.current?.abort(), []);

  const ask = async (): Promise<void> => {
    const calledOff = new AbortController();
    asked.current = calledOff;
    setState('sent');
    setRefusal(null);
    try {
      const text = await transcribe(audio.file, crypto.randomUUID(), calledOff.signal);
      if (calledOff.signal.aborted) return;
      if (text) return tell.current(text);
      setRefusal(t('voice.silent'));
    } catch (problem) {
      if (calledOff.signal.aborted) return;
      setRefusal(errorText(asApiError(problem)));
    }
    setState('here');
  };
  const price = listener.price_mc > 0 ? formatCredits(listener.price_mc, locale) : null;
  return (
    <fieldset aria-label={t('voice.note')} className="px-3 pt-2">
      <div className="flex flex-wrap items-center gap-2">
        <IconButton
          label={t(player.plays ? 'voice.pause' : 'voice.play')}
          className="rounded-full bg-selected"
          onClick={player.toggle}
        >
          {player.plays ? <Pause size={14} fill="currentColor" /> : <Play size={14} fill="currentColor" />}
        </IconButton>
        <LevelBars
          levels={toBars(audio.levels, BARS)}
          count={BARS}
          played={player.played}
          className="h-7 min-w-0 flex-1"
        />
        <span className="num text-caption text-ink-2">{formatDuration(audio.seconds)}</span>
        <Button disabled={state === 'sent'} onClick={() => void ask()}>
          {state === 'sent'
            ? t('voice.listening')
            : price
              ? t('voice.toTextFor', { amount: price })
              : t('voice.toText')}
        </Button>
        <IconButton label={t('voice.discard')} onClick={onClose}>
          <X size={18} strokeWidth={1.6} />
        </IconButton>
      </div>
      <p
        role={refusal ? 'alert' : 'status'}
        className={`mt-1.5 text-caption ${refusal ? 'text-danger' : 'text-ink-2'}`}
      >
        {refusal ?? t(listener.demo ? 'voice.demo' : 'voice.check')}
      </p>
    </fieldset>
  );
}

/** Plays a recording that only this page has. */
function usePlayer({ file, seconds }: RecordedAudio) {
  const [plays, setPlays] = useState(false);
  const [played, setPlayed] = useState(0);
  const url = useMemo(() => URL.createObjectURL(file), [file]);
  const player = useMemo(() => new Audio(url), [url]);
  useEffect(() => {
    player.onplay = () => setPlays(true);
    player.onpause = () => setPlays(false);
    player.onended = () => setPlayed(0);
    player.ontimeupdate = () => setPlayed(seconds ? player.currentTime / seconds : 0);
    return () => {
      player.pause();
      URL.revokeObjectURL(url);
    };
  }, [player, url, seconds]);
  const toggle = (): void => {
    if (plays) player.pause();
    else void player.play().catch(() => setPlays(false)); // a browser may refuse: the button stays
  };
  return { plays, played, toggle };
}
