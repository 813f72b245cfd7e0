import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTask, useTaskStore } from '@/stores/useTaskStore';
import { mediaTask } from '@/test/samples';
import { taskOfMedia } from '@/utils/taskUtils';
import { readMarks } from '@/utils/unseenStorage';
import { keepUnseen, restoreUnseen } from './unseenMarks';

const marked = (account = 'lin'): string[] => readMarks(account).map(({ id }) => id);
let stop = (): void => undefined;

/** What a reload does: the store is empty, storage is not. */
function reload(account = 'lin'): void {
  stop();
  useTaskStore.setState({ tasks: {}, shownId: null });
  stop = keepUnseen(account);
}

/** The server's answer to a list of tasks. */
function serve(...items: ReturnType<typeof mediaTask>[]): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(() =>
    Promise.resolve(new Response(JSON.stringify({ items, next_cursor: null }))),
  );
}

beforeEach(() => reload());
afterEach(() => {
  stop();
  vi.restoreAllMocks();
});

describe('what has not been seen', () => {
  it('survives a reload, and is forgotten once its conversation is shown', async () => {
    const done = mediaTask({ id: 'm1', state: 'completed' });
    useTaskStore.getState().mergeTasks([taskOfMedia(done)]);
    reload();
    serve(done);
    await restoreUnseen();
    expect(useTaskStore.getState().tasks.m1?.unseen).toBe(true);

    useTaskStore.getState().showConversation('c1');
    expect(marked()).toEqual([]);
    reload();
    await restoreUnseen();
    expect(useTaskStore.getState().tasks).toEqual({});
  });

  it('holds for what ended while nobody was here', async () => {
    useTaskStore.getState().mergeTasks([taskOfMedia(mediaTask({ id: 'm1', state: 'running' }))]);
    expect(marked()).toEqual(['m1']);
    reload();
    serve(mediaTask({ id: 'm1', state: 'failed' }));
    await restoreUnseen();
    expect(useTaskStore.getState().tasks.m1).toMatchObject({ status: 'failed', unseen: true });
  });

  it('holds for answers, of which nothing has to be asked', async () => {
    const answer = createTask('019a0000-0000-7000-8000-000000000001', 'chat', 'c2', 1);
    useTaskStore.getState().mergeTasks([{ ...answer, status: 'completed' }]);
    reload();
    await restoreUnseen();
    expect(useTaskStore.getState().tasks[answer.id]).toMatchObject({ conversationId: 'c2', unseen: true });
  });

  it('belongs to an account', async () => {
    useTaskStore.getState().mergeTasks([taskOfMedia(mediaTask({ id: 'm1', state: 'completed' }))]);
    reload('zhou');
    await restoreUnseen();
    expect(useTaskStore.getState().tasks).toEqual({});
    expect(marked('zhou')).toEqual([]);
    expect(marked('lin')).toEqual(['m1']);
  });

  it('loses the mark of what is gone, and keeps all of them while the server cannot be asked', async () => {
    useTaskStore.getState().mergeTasks([taskOfMedia(mediaTask({ id: 'm1', state: 'completed' }))]);
    reload();
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('offline'));
    await expect(restoreUnseen()).rejects.toMatchObject({ code: 'offline' });
    expect(marked()).toEqual(['m1']);
    serve();
    await restoreUnseen();
    expect(marked()).toEqual([]);
  });

  it('is seen here when it was seen on another page', () => {
    useTaskStore.getState().mergeTasks([taskOfMedia(mediaTask({ id: 'm1', state: 'completed' }))]);
    const oldValue = localStorage.getItem('latent.unseen');
    localStorage.setItem('latent.unseen', '{"lin":[]}');
    window.dispatchEvent(
      new StorageEvent('storage', { key: 'latent.unseen', oldValue, newValue: '{"lin":[]}' }),
    );
    expect(useTaskStore.getState().tasks.m1?.unseen).toBe(false);
  });
});
