import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/client';
import { transcribe } from '@/services/transcription';
import type { Listener } from '@/types';
import { VoiceNote } from './VoiceNote';

// What cannot run here: the server, and sound.
vi.mock('@/services/transcription', () => ({ transcribe: vi.fn() }));
vi.stubGlobal(
  'URL',
  Object.assign(URL, { createObjectURL: () => 'blob:1', revokeObjectURL: () => undefined }),
);

const AUDIO = {
  file: new File(['x'], 'voice.webm', { type: 'audio/webm' }),
  seconds: 12,
  levels: [0.1, 0.8],
};
const LISTENER: Listener = {
  model_id: 'demo/ear',
  name: 'Demo Ear',
  demo: false,
  price_mc: 1500,
  seconds_max: 600,
  bytes_max: 1,
};

function show(changes: Partial<Listener> = {}) {
  const onText = vi.fn();
  const onClose = vi.fn();
  const { unmount } = render(
    <VoiceNote audio={AUDIO} listener={{ ...LISTENER, ...changes }} onText={onText} onClose={onClose} />,
  );
  return { onText, onClose, unmount, user: userEvent.setup() };
}

const ask = (name = 'Turn into text · 1.5') => screen.getByRole('button', { name });

beforeEach(() => {
  vi.spyOn(HTMLMediaElement.prototype, 'pause').mockReturnValue(undefined);
  vi.mocked(transcribe).mockReset();
});

describe('a recording', () => {
  it('says how long it is, what its text costs, and that it is not kept', () => {
    show();
    expect(screen.getByRole('group', { name: 'Recording' })).toHaveTextContent('0:12');
    expect(ask()).toBeEnabled();
    expect(screen.getByRole('status')).toHaveTextContent('The recording is not kept.');
  });

  it('says of the demo that it does not listen, and names no price where there is none', () => {
    show({ demo: true, price_mc: 0 });
    expect(ask('Turn into text')).toBeEnabled();
    expect(screen.getByRole('status')).toHaveTextContent('The demo does not listen');
  });

  it('becomes text, asked for once', async () => {
    vi.mocked(transcribe).mockResolvedValue('Ninety degrees.');
    const { user, onText } = show();
    await user.click(ask());
    await waitFor(() => expect(onText).toHaveBeenCalledExactlyOnceWith('Ninety degrees.'));
    expect(transcribe).toHaveBeenCalledOnce();
  });

  it('stays when it could not be heard, with the reason', async () => {
    vi.mocked(transcribe).mockRejectedValue(new ApiError('transcription_failed', 502));
    const { user, onText } = show();
    await user.click(ask());
    expect(await screen.findByRole('alert')).toHaveTextContent('nothing was charged');
    expect(ask()).toBeEnabled();
    expect(onText).not.toHaveBeenCalled();
  });

  it('that says nothing is no text', async () => {
    vi.mocked(transcribe).mockResolvedValue('');
    const { user, onText } = show();
    await user.click(ask());
    expect(await screen.findByRole('alert')).toHaveTextContent('Nothing was said');
    expect(onText).not.toHaveBeenCalled();
  });

  it('that is discarded is called off', async () => {
    let signal: AbortSignal | undefined;
    vi.mocked(transcribe).mockImplementation((_file, _key, given) => {
      signal = given;
      return new Promise(() => undefined);
    });
    const { user, onClose, unmount } = show();
    await user.click(ask());
    expect(ask('Listening')).toBeDisabled();
    await user.click(screen.getByRole('button', { name: 'Discard the recording' }));
    expect(onClose).toHaveBeenCalledOnce();
    unmount();
    expect(signal?.aborted).toBe(true);
  });
});
