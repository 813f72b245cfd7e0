import { beforeEach, describe, expect, it } from 'vitest';
import { mediaTask } from '@/test/samples';
import { taskOfMedia } from '@/utils/taskUtils';
import { createTask, holdersOf, isActive, type Task, useTaskStore } from './useTaskStore';

const ERROR = { code: 'provider_broken', params: {} };
const { startTask, updateTaskProgress, completeTask, failTask, mergeTasks, dropTasks, setLimit } =
  useTaskStore.getState();
const store = useTaskStore.getState;
const task = (id: string): Task => store().tasks[id] as Task;
/** An id as the server makes it, so many ms after 1970. */
const idAt = (ms: number): string => `${ms.toString(16).padStart(12, '0')}7000800000000000`;

beforeEach(() => useTaskStore.setState({ tasks: {}, limits: {}, shownId: null }));

describe('a task', () => {
  it('begins, goes on and ends well', () => {
    const id = startTask('c1', 'image');
    expect(task(id)).toMatchObject({
      conversationId: 'c1',
      kind: 'image',
      status: 'waiting',
      progress: null,
    });

    updateTaskProgress('c1', 62, 'preview');
    expect(task(id)).toMatchObject({ status: 'running', progress: 62, content: 'preview' });

    completeTask('c1', 'asset');
    expect(task(id)).toMatchObject({ status: 'completed', progress: 100, result: 'asset' });
    expect(store().getActiveTaskCount()).toBe(0);
  });

  it('stays as it ended, whatever comes late', () => {
    const id = startTask('c1', 'chat', idAt(5));
    failTask('c1', ERROR, id);

    completeTask('c1', '', id);
    updateTaskProgress('c1', 10, '', id);
    mergeTasks([createTask(id, 'chat', 'c1', 5)]);

    expect(task(id)).toMatchObject({ status: 'failed', error: ERROR });
  });

  it('is the newest of its conversation where none is named', () => {
    const first = startTask('c1', 'chat', idAt(1));
    const second = startTask('c1', 'chat', idAt(2));

    completeTask('c1');

    expect([task(first).status, task(second).status]).toEqual(['waiting', 'completed']);
  });

  it('that nobody knows changes nothing', () => {
    completeTask('c1');
    failTask('c1', ERROR, 'unknown');

    expect(store().tasks).toEqual({});
  });

  it('is forgotten when it is one of many that ended', () => {
    for (let ms = 1; ms <= 30; ms++) completeTask('c1', '', startTask('c1', 'chat', idAt(ms)));

    expect(Object.keys(store().tasks)).toHaveLength(20);
    expect(task(idAt(30)).status).toBe('completed');
  });
});

describe('mergeTasks', () => {
  it('adds what runs elsewhere, and learns later where', () => {
    mergeTasks([createTask('x', 'chat', null, 1)]);
    mergeTasks([createTask('x', 'chat', 'c9', 1)]);
    mergeTasks([createTask('x', 'chat', null, 1)]);

    expect(task('x')).toMatchObject({ conversationId: 'c9', followed: false });
  });

  it('leaves what this page follows to its stream', () => {
    const id = startTask('c1', 'chat', idAt(1));
    updateTaskProgress('c1', null, '', id);

    mergeTasks([createTask(id, 'chat', null, 1)]);

    expect(task(id)).toMatchObject({ conversationId: 'c1', status: 'running', followed: true });
  });

  it('does not end what it does not name; that is said by name', () => {
    mergeTasks([createTask('x', 'chat', 'c1', 1), createTask('y', 'chat', 'c2', 2)]);
    dropTasks(['x']);

    expect(Object.values(store().tasks).filter(isActive)).toHaveLength(1);
  });
});

describe('canStartTask', () => {
  it('allows as long as no limit is known', () => {
    for (let ms = 1; ms <= 9; ms++) startTask('c1', 'chat', idAt(ms));

    expect(store().canStartTask('c1')).toEqual({ allowed: true });
  });

  it.each([
    ['the conversation is full', 'c1', { allowed: false, reason: 'conversation' }],
    ['another one is not', 'c2', { allowed: true }],
    ['a new one has none of its own', null, { allowed: true }],
  ])('%s', (_, conversationId, permission) => {
    setLimit('chat', { user: 4, conversation: 2 });
    startTask('c1', 'chat', idAt(1));
    startTask('c1', 'chat', idAt(2));

    expect(store().canStartTask(conversationId)).toEqual(permission);
  });

  it('counts what runs elsewhere for the user, and each kind by itself', () => {
    setLimit('chat', { user: 2, conversation: 2 });
    mergeTasks([createTask('x', 'chat', null, 1), createTask('v', 'video', null, 1)]);
    expect(store().canStartTask('c1').allowed).toBe(true);

    startTask('c1', 'chat', idAt(1));

    expect(store().canStartTask('c2')).toEqual({ allowed: false, reason: 'user' });
    expect(store().canStartTask('c2', 'video')).toEqual({ allowed: true });
  });

  it('allows again when one ends', () => {
    setLimit('chat', { user: 1, conversation: 1 });
    const id = startTask('c1', 'chat', idAt(1));
    expect(store().canStartTask('c1').allowed).toBe(false);

    completeTask('c1', '', id);

    expect(store().canStartTask('c1').allowed).toBe(true);
  });

  it('keeps a conversation’s limit when only the user’s is told', () => {
    setLimit('chat', { user: 8, conversation: 1 });
    setLimit('chat', { user: 8, conversation: null });
    startTask('c1', 'chat', idAt(1));

    expect(store().canStartTask('c1').reason).toBe('conversation');
  });

  it('names the one that began first', () => {
    startTask('c2', 'chat', idAt(20));
    mergeTasks([createTask('old', 'chat', 'c1', 10)]);

    expect(holdersOf(store(), 'user', null).map((each) => each.id)).toEqual(['old', idAt(20)]);
    expect(holdersOf(store(), 'conversation', 'c2').map((each) => each.id)).toEqual([idAt(20)]);
  });
});

describe('a media task', () => {
  const told = (changes: Parameters<typeof mediaTask>[0]) => taskOfMedia(mediaTask(changes));

  it('is not forgotten because it holds no slot', () => {
    mergeTasks([told({ id: 'm1', state: 'waiting' })]);
    dropTasks(['m1']);

    expect(task('m1').status).toBe('waiting');
  });

  it('keeps what is known of it when only its id is told', () => {
    mergeTasks([told({ id: 'm1', state: 'running', progress: 40 })]);
    mergeTasks([createTask('m1', 'image', null, 1)]);

    expect(task('m1')).toMatchObject({ progress: 40, conversationId: 'c1' });
  });

  it('takes a slot only once it need not wait any more', () => {
    setLimit('image', { user: 1, conversation: 1 });
    mergeTasks([told({ id: 'm1', state: 'waiting' })]);
    expect(store().canStartTask('c1', 'image').allowed).toBe(true);

    mergeTasks([told({ id: 'm1', state: 'queued' })]);

    expect(store().canStartTask('c1', 'image').allowed).toBe(false);
  });

  it('that ends unseen is seen when its conversation is shown', () => {
    store().showConversation('c2');
    mergeTasks([told({ id: 'm1', state: 'running' })]);
    mergeTasks([told({ id: 'm1', state: 'completed' })]);
    expect(task('m1').unseen).toBe(true);

    store().showConversation('c1');

    expect(task('m1').unseen).toBe(false);
  });

  it('that ends before one’s eyes is seen at once', () => {
    store().showConversation('c1');
    mergeTasks([told({ id: 'm1', state: 'running' })]);
    mergeTasks([told({ id: 'm1', state: 'completed' })]);

    expect(task('m1').unseen).toBe(false);
  });
});
