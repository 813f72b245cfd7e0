import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '@/types';
import { applyChatEvent } from './applyChatEvent';
import { createStreamingMessage } from './messageFactory';

const start = createStreamingMessage('q', 'demo/demo-swift');
const stored = { ...start, content: 'Hello', status: 'complete' as const };

describe('applyChatEvent', () => {
  it('grows text and thoughts apart from one another', () => {
    const events: ChatEvent[] = [
      { type: 'reasoning', text: 'Hm' },
      { type: 'delta', text: 'Hel' },
      { type: 'reasoning', text: '.' },
      { type: 'delta', text: 'lo' },
    ];

    const answer = events.reduce(applyChatEvent, start);

    expect([answer.content, answer.reasoning, answer.status]).toEqual(['Hello', 'Hm.', 'streaming']);
  });

  it.each([
    ['a snapshot', { type: 'snapshot', answer: stored }],
    ['the end', { type: 'end', answer: stored }],
  ] as const)('takes %s as the truth', (_, event) => {
    expect(applyChatEvent({ ...start, content: 'Hel' }, event)).toEqual(stored);
  });

  it('keeps the text when the answer fails', () => {
    const error = { code: 'provider_broken', params: {} };

    expect(applyChatEvent({ ...start, content: 'Hel' }, { type: 'error', error })).toMatchObject({
      content: 'Hel',
      error,
    });
  });

  it('ignores events that it does not know', () => {
    expect(applyChatEvent(start, { type: 'tool' } as unknown as ChatEvent)).toBe(start);
  });
});
