import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useAloudStore } from '@/stores/useAloudStore';
import { chooseVoice, readAloud, stopReading } from './aloud';

type Spoken = {
  text: string;
  lang: string;
  onend?: () => void;
  onerror?: (event: { error: string }) => void;
};

const voice = (lang: string, more: Partial<SpeechSynthesisVoice> = {}): SpeechSynthesisVoice =>
  ({ lang, name: lang, default: false, localService: true, voiceURI: lang, ...more }) as SpeechSynthesisVoice;

// jsdom has no voices: this one says nothing, and tells what it was given.
let spoken: Spoken[];
let voices: SpeechSynthesisVoice[];

beforeEach(() => {
  spoken = [];
  voices = [voice('zh-CN'), voice('en-US')];
  vi.stubGlobal(
    'SpeechSynthesisUtterance',
    class {
      lang = '';
      constructor(readonly text: string) {}
    },
  );
  vi.stubGlobal('speechSynthesis', {
    getVoices: () => voices,
    speak: (utterance: Spoken) => spoken.push(utterance),
    cancel: () => spoken.at(-1)?.onerror?.({ error: 'canceled' }),
    addEventListener: (_: string, told: () => void) => queueMicrotask(told),
    removeEventListener: () => undefined,
  });
});

afterEach(() => stopReading());

describe('reading aloud', () => {
  it('speaks one sentence after another, each in its language', async () => {
    const outcome = readAloud('a', '水温九十度。Then pour.');
    await vi.waitFor(() => expect(spoken).toHaveLength(1));
    expect(useAloudStore.getState().readingId).toBe('a');
    spoken[0]?.onend?.();
    await vi.waitFor(() => expect(spoken).toHaveLength(2));
    expect(spoken.map(({ lang }) => lang)).toEqual(['zh-CN', 'en-US']);
    spoken[1]?.onend?.();
    expect(await outcome).toBe('read');
    expect(useAloudStore.getState().readingId).toBeNull();
  });

  it('is of one answer at a time', async () => {
    const first = readAloud('a', 'One. Two.');
    await vi.waitFor(() => expect(spoken).toHaveLength(1));
    const second = readAloud('b', 'Three.');
    expect(await first).toBe('stopped');
    await vi.waitFor(() => expect(spoken).toHaveLength(2));
    expect(useAloudStore.getState().readingId).toBe('b');
    stopReading();
    expect(await second).toBe('stopped');
    expect(useAloudStore.getState().readingId).toBeNull();
  });

  it('says why nothing is heard', async () => {
    expect(await readAloud('a', '```\ncode\n```')).toBe('nothing');
    voices = [];
    expect(await readAloud('a', 'Words.')).toBe('no-voice');
    voices = [voice('en-US')];
    const outcome = readAloud('a', 'Words.');
    await vi.waitFor(() => expect(spoken).toHaveLength(1));
    spoken[0]?.onerror?.({ error: 'synthesis-failed' });
    expect(await outcome).toBe('no-voice');
  });
});

describe('the voice', () => {
  it('is of the language, rather of the very region, rather on this device', () => {
    const far = voice('zh-TW', { default: true });
    const near = voice('zh_CN', { localService: false });
    expect(chooseVoice('zh-CN', [far, near, voice('en-US')])).toBe(near);
    expect(chooseVoice('en-GB', [voice('en-US', { localService: false }), voice('en-AU')])?.lang).toBe(
      'en-AU',
    );
    expect(chooseVoice('ru-RU', voices)).toBeUndefined();
  });
});
