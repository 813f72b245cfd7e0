import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rateMessage } from '@/services/message';
import { useChatStore } from '@/stores/useChatStore';
import { message } from '@/test/samples';
import type { Message } from '@/types';
import { MessageActions } from './MessageActions';

// What cannot run here: the server. It keeps what it is given, as the tests of the API see it do.
vi.mock('@/services/message', () => ({ rateMessage: vi.fn() }));
const kept = vi.mocked(rateMessage);

const ANSWER = message('a1', { content: 'Tea suits a foggy morning.' });

function Shown() {
  const shown = useChatStore((state) => state.messages.c1?.byId.a1) ?? ANSWER;
  return (
    <MessageActions
      message={shown}
      modelName="Demo"
      model={undefined}
      versions={undefined}
      isLast
      reconnecting={false}
      busy={false}
      canAsk
      onRegenerate={() => undefined}
      onContinue={() => undefined}
      onExplain={() => undefined}
      onDelete={() => undefined}
      onEdit={async () => true}
      onShowVersion={() => undefined}
    />
  );
}

function show() {
  useChatStore.getState().addMessage('c1', ANSWER);
  render(<Shown />);
  return userEvent.setup();
}

const thumb = (name: string) => screen.getByRole('button', { name });

afterEach(() => {
  kept.mockReset();
  useChatStore.setState({ messages: {} });
});

describe('what one can do with an answer', () => {
  it('is copy, hear, rate, ask again and delete', () => {
    show();
    const names = screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'));
    expect(names).toEqual(['Copy', 'Read aloud', 'Helpful', 'Not helpful', 'Answer again', 'Delete message']);
  });

  it('is rated at once, then explained if one likes', async () => {
    kept.mockImplementation(async (_, feedback) => ({ ...ANSWER, feedback }) as Message);
    const user = show();
    await user.click(thumb('Not helpful'));
    expect(kept).toHaveBeenLastCalledWith('a1', { rating: 'down', comment: '' });
    expect(thumb('Not helpful')).toHaveAttribute('aria-pressed', 'true');
    await user.type(
      await screen.findByRole('textbox', { name: 'Comment (optional)' }),
      ' It missed the fog ',
    );
    await user.click(thumb('Save comment'));
    expect(kept).toHaveBeenLastCalledWith('a1', { rating: 'down', comment: 'It missed the fog' });
    await waitFor(() => expect(thumb('Not helpful')).toHaveFocus());
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('is taken back by the same thumb', async () => {
    kept.mockImplementation(async (_, feedback) => ({ ...ANSWER, feedback }) as Message);
    const user = show();
    await user.click(thumb('Helpful'));
    await user.click(thumb('Helpful'));
    expect(kept).toHaveBeenLastCalledWith('a1', null);
    expect(thumb('Helpful')).toHaveAttribute('aria-pressed', 'false');
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('is as it was when the server refuses', async () => {
    kept.mockRejectedValue(new Error('no'));
    const user = show();
    await user.click(thumb('Helpful'));
    await waitFor(() => expect(thumb('Helpful')).toHaveAttribute('aria-pressed', 'false'));
  });
});
