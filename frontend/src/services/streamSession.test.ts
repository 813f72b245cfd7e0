import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import { useTaskStore } from '@/stores/useTaskStore';
import { message } from '@/test/samples';
import type { ChatEvent, Message } from '@/types';
import { rejoinAnswer } from './streamSession';

const WRITTEN = message('a1', { status: 'streaming' });
const asked: string[] = [];

/** Return what the server sends of a stream before it closes the connection. */
function wire(...events: [number, ChatEvent][]): Response {
  return new Response(
    events.map(([seq, event]) => `id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
}

/** Answer requests for streams one after the other; the last answer again and again. */
function serve(...answers: (() => Response)[]): void {
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer) throw new TypeError('offline');
    return answer();
  });
}

const shown = (): Message | undefined => useChatStore.getState().messages.c1?.byId.a1;
const delta = (text: string): ChatEvent => ({ type: 'delta', text });

beforeEach(() => {
  asked.length = 0;
  useTaskStore.setState({ tasks: {} });
  useChatStore.getState().setMessages('c1', { items: [WRITTEN], has_more: false, leaf_id: 'a1' });
});
afterEach(() => vi.unstubAllGlobals());

describe('an answer that is followed again', () => {
  it('goes on after the last event, with no character twice', async () => {
    serve(
      () => wire([2, { type: 'snapshot', answer: { ...WRITTEN, content: 'tea ' } }], [3, delta('is ')]),
      () => wire([4, delta('rea')]),
      () => wire([5, delta('dy')], [6, { type: 'end', answer: message('a1', { content: 'tea is ready' }) }]),
    );
    const seen: string[] = [];
    const stop = useChatStore.subscribe(() => seen.push(shown()?.content ?? ''));
    await rejoinAnswer('c1', 'a1');
    stop();

    expect(asked.map((path) => new URL(path, 'http://x').search)).toEqual(['', '?after=3', '?after=4']);
    expect(seen.every((text) => 'tea is ready'.startsWith(text))).toBe(true);
    expect(shown()).toMatchObject({ content: 'tea is ready', status: 'complete' });
    expect(useConversationRuntimeStore.getState().streams.c1).toBeUndefined();
  });

  it('is not shown as if it went on when it is gone', async () => {
    serve(() => new Response('{"code":"not_found"}', { status: 404 }));
    await rejoinAnswer('c1', 'a1');

    expect(shown()?.status).toBe('interrupted');
    expect(useConversationRuntimeStore.getState().streams.c1).toBeUndefined();
    expect(useTaskStore.getState().tasks.a1?.status).toBe('failed');
  });
});
