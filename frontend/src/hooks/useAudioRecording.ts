import { useCallback, useEffect, useRef, useState } from 'react';

/** What browsers can write and the server takes, best first. */
const FORMATS = ['audio/mp4', 'audio/webm', 'audio/ogg'];
const LEVEL_MS = 80;
const SECONDS_MAX = 600;
const SAMPLES = 1024;
/** Speech is far below full level: so much louder it fills its bar. */
const GAIN = 4;

/** Why nothing can be recorded: no permission, no microphone, no secure page, or it broke on the way. */
export type RecordingRefusal = 'refused' | 'missing' | 'unsupported' | 'broken';

export interface RecordedAudio {
  file: File;
  seconds: number;
  /** How loud it was, from 0 to 1, step by step. */
  levels: number[];
}

export interface AudioRecording {
  isRecording: boolean;
  seconds: number;
  levels: number[];
  startRecording: () => Promise<void>;
  /** End it and hand it over. */
  stopRecording: () => void;
  /** End it and forget it. */
  cancelRecording: () => void;
}

interface Listeners {
  onDone: (audio: RecordedAudio) => void;
  onRefused: (why: RecordingRefusal) => void;
}

/** Record from the microphone, telling how loud it is; a recording ends by itself after ten minutes. */
export function useAudioRecording({ onDone, onRefused }: Listeners): AudioRecording {
  const [isRecording, setRecording] = useState(false);
  const [levels, setLevels] = useState<number[]>([]);
  const running = useRef<Recording | null>(null);
  const latest = useRef({ onDone, onRefused });
  useEffect(() => {
    latest.current = { onDone, onRefused };
  });
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      running.current?.end(false);
    };
  }, []);

  const startRecording = useCallback(async () => {
    if (running.current) return;
    try {
      const stream = await openMicrophone();
      if (isGone.current) return stop(stream);
      running.current = new Recording(stream, {
        onLevels: setLevels,
        onEnd: (audio) => {
          running.current = null;
          setRecording(false);
          setLevels([]);
          if (audio) latest.current.onDone(audio);
        },
      });
      setRecording(true);
    } catch (problem) {
      latest.current.onRefused(refusalOf(problem));
    }
  }, []);
  return {
    isRecording,
    seconds: Math.floor((levels.length * LEVEL_MS) / 1000),
    levels,
    startRecording,
    stopRecording: useCallback(() => running.current?.end(true), []),
    cancelRecording: useCallback(() => running.current?.end(false), []),
  };
}

interface RecordingListeners {
  onLevels: (levels: number[]) => void;
  onEnd: (audio: RecordedAudio | null) => void;
}

/** One recording: the microphone is let go of when it ends, however that comes. */
class Recording {
  private readonly recorder: MediaRecorder;
  private readonly sound = new AudioContext();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly levels: number[] = [];
  private isKept = true;

  constructor(stream: MediaStream, { onLevels, onEnd }: RecordingListeners) {
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.recorder = new MediaRecorder(stream, mimeType ? { mimeType } : undefined);
    const pieces: Blob[] = [];
    this.recorder.ondataavailable = ({ data }) => pieces.push(data);
    this.recorder.onstop = () => {
      clearInterval(this.timer);
      void this.sound.close();
      stop(stream);
      onEnd(this.isKept && this.levels.length > 0 ? this.take(pieces) : null);
    };
    const analyser = this.sound.createAnalyser();
    analyser.fftSize = SAMPLES;
    this.sound.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(SAMPLES);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.levels.push(loudness(samples));
      onLevels([...this.levels]);
      if (this.levels.length * LEVEL_MS >= SECONDS_MAX * 1000) this.end(true);
    }, LEVEL_MS);
    this.recorder.start();
  }

  end(isKept: boolean): void {
    if (this.recorder.state === 'inactive') return;
    this.isKept = isKept;
    this.recorder.stop();
  }

  private take(pieces: Blob[]): RecordedAudio {
    const type = this.recorder.mimeType.split(';')[0] ?? '';
    const name = `voice.${type.split('/')[1] ?? 'webm'}`;
    return {
      file: new File(pieces, name, { type }),
      seconds: (this.levels.length * LEVEL_MS) / 1000,
      levels: this.levels,
    };
  }
}

function openMicrophone(): Promise<MediaStream> {
  // Browsers offer neither on a page that is not secure.
  if (!navigator.mediaDevices || typeof MediaRecorder === 'undefined')
    throw new DOMException('', 'NotSupportedError');
  return navigator.mediaDevices.getUserMedia({ audio: true });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.min(1, Math.sqrt(power) * GAIN);
}

function refusalOf(problem: unknown): RecordingRefusal {
  const name = problem instanceof DOMException ? problem.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError') return 'missing';
  return name === 'NotSupportedError' ? 'unsupported' : 'broken';
}
