import { describe, expect, it } from 'vitest';
import { conversation, liveState, mediaTask, message, summaryOf } from '@/test/samples';
import type { Message } from '@/types';
import type { LiveState, MediaTask, UserEvent } from '@/types/live';
import { applyUserEvent, lacksText } from './applyUserEvent';
import { createTask } from './taskUtils';

const changed = (seq: number, data: Message): UserEvent => ({
  type: 'message.changed',
  seq,
  data: summaryOf(data),
});
const made = (seq: number, changes: Partial<MediaTask>): UserEvent => ({
  type: 'task.changed',
  seq,
  data: mediaTask(changes),
});
const titled = (seq: number, title: string, id = 'c1'): UserEvent => ({
  type: 'conversation.changed',
  seq,
  data: conversation(id, { title }),
});
const play = (state: LiveState, ...events: UserEvent[]): LiveState => events.reduce(applyUserEvent, state);

describe('the log', () => {
  it('is taken in once, whatever is told again', () => {
    const events = [titled(1, 'one'), titled(2, 'two')];
    const state = play(liveState(), ...events, ...events);

    expect(state.conversations.c1?.title).toBe('two');
    expect(state.seq).toBe(2);
  });

  it('goes on after a type that nobody here knows', () => {
    const unknown = { type: 'weather.changed', seq: 1, data: {} } as unknown as UserEvent;
    const state = play(liveState(), unknown, titled(2, 'two'));

    expect(state.conversations.c1?.title).toBe('two');
  });
});

describe('conversations', () => {
  it('appear and change', () => {
    const state = play(liveState(), titled(1, 'new', 'c2'), titled(2, 'renamed', 'c2'));

    expect(state.conversations.c2?.title).toBe('renamed');
  });

  it('leave with their messages and answers; what is made in them goes on', () => {
    const state = play(
      liveState(message('a1')),
      changed(1, message('a2', { status: 'streaming' })),
      made(2, { id: 'm1' }),
      { type: 'conversation.deleted', seq: 3, data: { id: 'c1' } },
    );

    expect(state).toMatchObject({ conversations: {}, messages: {} });
    expect(Object.keys(state.tasks)).toEqual(['m1']);
    expect(state.tasks.m1?.conversationId).toBeNull();
  });
});

describe('an answer on another device', () => {
  it('runs from its beginning to its end', () => {
    const begun = play(liveState(), changed(1, message('a1', { status: 'streaming' })));
    expect(begun.tasks.a1).toMatchObject({ kind: 'chat', status: 'running', conversationId: 'c1' });

    const ended = play(begun, changed(2, message('a1', { content: 'tea' })));

    expect(ended.tasks.a1).toMatchObject({ status: 'completed', unseen: false });
  });

  it('that ended before we heard of it is no task', () => {
    expect(play(liveState(), changed(1, message('a1'))).tasks).toEqual({});
  });

  it('ends unseen in a conversation that nobody looks at', () => {
    const state = play(
      { ...liveState(), shownId: null },
      changed(1, message('a1', { status: 'streaming' })),
      changed(2, message('a1')),
    );

    expect(state.tasks.a1?.unseen).toBe(true);
  });

  it('has to be loaded when it is new, and when its text has grown', () => {
    const state = liveState(message('a1', { content: 'tea 🍵' }));

    expect(lacksText(state, summaryOf(message('a2', { status: 'streaming' })))).toBe(true);
    expect(lacksText(state, summaryOf(message('a1', { content: 'tea 🍵, and more' })))).toBe(true);
    expect(lacksText(state, summaryOf(message('a1', { content: 'tea 🍵' })))).toBe(false);
  });

  it('is not loaded where nobody has opened its conversation', () => {
    expect(lacksText(liveState(), summaryOf(message('a1', { conversation_id: 'c9' })))).toBe(false);
  });
});

describe('an answer that this page follows', () => {
  const followed = (): LiveState => ({
    ...liveState(message('a1', { status: 'streaming', content: 'te' })),
    tasks: { a1: { ...createTask('a1', 'chat', 'c1', 1), status: 'running', followed: true } },
  });

  it('is left to its stream', () => {
    const state = play(followed(), changed(1, message('a1', { content: 'tea' })));

    expect(state.messages.c1?.byId.a1).toMatchObject({ status: 'streaming', content: 'te' });
    expect(state.tasks.a1?.status).toBe('running');
    expect(lacksText(followed(), summaryOf(message('a1', { content: 'tea' })))).toBe(false);
  });
});

describe('a message', () => {
  it('takes over what was told of it, and keeps its text', () => {
    const told = message('a1', { content: 'tea', parent_id: 'q2' });
    const state = play(liveState(message('a1', { content: 'tea', reasoning: 'hm' })), changed(1, told));

    expect(state.messages.c1?.byId.a1).toMatchObject({ parent_id: 'q2', content: 'tea', reasoning: 'hm' });
  });

  it('that has ended does not begin again', () => {
    const state = play(
      liveState(message('a1', { content: 'tea' })),
      changed(1, message('a1', { status: 'streaming' })),
    );

    expect(state.messages.c1?.byId.a1?.status).toBe('complete');
  });

  it('leaves, and what followed it follows its parent', () => {
    const chain = [message('q1'), message('a1', { parent_id: 'q1' }), message('q2', { parent_id: 'a1' })];
    const gone: UserEvent = { type: 'message.deleted', seq: 1, data: { id: 'a1', conversation_id: 'c1' } };
    const middle = play(liveState(...chain), gone);
    expect(middle.messages.c1?.byId.q2?.parent_id).toBe('q1');

    const last = play(middle, { ...gone, seq: 2, data: { id: 'q2', conversation_id: 'c1' } });

    expect(last.messages.c1).toMatchObject({ leafId: 'q1', shownLeafId: 'q1' });
  });
});

describe('a media task', () => {
  it('goes from its place in the queue to its end', () => {
    const state = play(
      liveState(),
      made(1, { state: 'waiting', place: 2 }),
      made(2, { state: 'running', progress: 62 }),
    );
    expect(state.tasks.m1).toMatchObject({ status: 'running', progress: 62 });

    const ended = play(state, made(3, { state: 'failed', error: { code: 'provider_timeout', params: {} } }));

    expect(ended.tasks.m1).toMatchObject({ status: 'failed', error: { code: 'provider_timeout' } });
  });

  it('stays as it ended, whatever comes late', () => {
    const state = play(
      liveState(),
      made(1, { state: 'completed' }),
      made(2, { state: 'running', progress: 10 }),
    );

    expect(state.tasks.m1).toMatchObject({ status: 'completed', progress: 100 });
  });

  it('shows in the message that it belongs to', () => {
    const state = play(liveState(message('a1', { status: 'developing' })), made(1, { progress: 30 }));

    expect(state.messages.c1?.byId.a1?.task?.progress).toBe(30);
  });
});

describe('a storyboard', () => {
  it('develops again after its end, in its message and among all that is made', () => {
    const storyboard = { continuous: false, shots: [] };
    const ended = mediaTask({ state: 'failed', storyboard });
    const again = mediaTask({ state: 'running', storyboard });
    const state = play(
      liveState(message('a1', { status: 'failed', task: ended })),
      made(1, ended),
      made(2, again),
      changed(3, message('a1', { status: 'developing', task: again })),
    );

    expect(state.messages.c1?.byId.a1).toMatchObject({ status: 'developing', task: { state: 'running' } });
    expect(state.tasks.m1?.status).toBe('running');
  });
});
