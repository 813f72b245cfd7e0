import { useAloudStore } from '@/stores/useAloudStore';
import { languageOf, speakablePieces } from '@/utils/speakable';

export type AloudOutcome = 'read' | 'stopped' | 'nothing' | 'no-voice';

/** How long a browser may take to tell its voices. */
const VOICES_MS = 1500;

/**
 * Read a Markdown text aloud by the browser's voices; what is read now stops. Resolves when it is at its end, or was
 * stopped, or why nothing is heard.
 */
export async function readAloud(id: string, markdown: string): Promise<AloudOutcome> {
  stopReading();
  const pieces = speakablePieces(markdown);
  if (pieces.length === 0) return 'nothing';
  useAloudStore.setState({ readingId: id });
  const voices = await findVoices();
  if (useAloudStore.getState().readingId !== id) return 'stopped';
  if (voices.length === 0) return end(id, 'no-voice');
  const ofLatin = navigator.languages.find((tag) => !/^(zh|ja|ko|ru)/i.test(tag)) ?? 'en-US';
  for (const piece of pieces) {
    const isSpoken = await speak(piece, languageOf(piece, ofLatin), voices);
    if (useAloudStore.getState().readingId !== id) return 'stopped';
    if (!isSpoken) return end(id, 'no-voice');
  }
  return end(id, 'read');
}

/** Be silent. */
export function stopReading(): void {
  useAloudStore.setState({ readingId: null });
  if ('speechSynthesis' in window) window.speechSynthesis.cancel();
}

function end(id: string, outcome: AloudOutcome): AloudOutcome {
  if (useAloudStore.getState().readingId === id) useAloudStore.setState({ readingId: null });
  return outcome;
}

/** Return the voices there are; some browsers load them when they are asked for first. */
function findVoices(): Promise<SpeechSynthesisVoice[]> {
  if (!('speechSynthesis' in window)) return Promise.resolve([]);
  const { speechSynthesis } = window;
  const voices = speechSynthesis.getVoices();
  if (voices.length > 0) return Promise.resolve(voices);
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      speechSynthesis.removeEventListener('voiceschanged', finish);
      resolve(speechSynthesis.getVoices());
    };
    const timer = setTimeout(finish, VOICES_MS);
    speechSynthesis.addEventListener('voiceschanged', finish);
  });
}

/** Speak one piece; resolves to whether it was spoken (one that is cancelled counts as spoken). */
function speak(text: string, language: string, voices: SpeechSynthesisVoice[]): Promise<boolean> {
  return new Promise((resolve) => {
    const utterance = new SpeechSynthesisUtterance(text);
    const voice = chooseVoice(language, voices);
    utterance.lang = voice?.lang ?? language;
    if (voice) utterance.voice = voice;
    utterance.onend = () => resolve(true);
    utterance.onerror = ({ error }) => resolve(error === 'canceled' || error === 'interrupted');
    window.speechSynthesis.speak(utterance);
  });
}

/** Return the voice for a language: of this very region if there is one, and on this device rather than elsewhere. */
export function chooseVoice(
  language: string,
  voices: SpeechSynthesisVoice[],
): SpeechSynthesisVoice | undefined {
  const plain = (tag: string): string => tag.replace('_', '-').toLowerCase();
  const base = plain(language).split('-')[0];
  const rank = (voice: SpeechSynthesisVoice): number =>
    (plain(voice.lang) === plain(language) ? 4 : 0) + (voice.localService ? 2 : 0) + (voice.default ? 1 : 0);
  return voices
    .filter((voice) => plain(voice.lang).split('-')[0] === base)
    .sort((a, b) => rank(b) - rank(a))[0];
}
