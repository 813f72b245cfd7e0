import { describe, expect, it } from 'vitest';
import { mediaTask } from '@/test/samples';
import type { StoryboardShot } from '@/types';
import type { MediaTask, Task } from '@/types/live';
import {
  createTask,
  getConversationTaskBadge,
  listMediaTasks,
  mergeTask,
  taskOfMedia,
  usedSlots,
} from './taskUtils';

const media = (id: string, changes: Parameters<typeof mediaTask>[0] = {}): Task =>
  taskOfMedia(mediaTask({ id, ...changes }));
const byId = (...tasks: Task[]): Record<string, Task> =>
  Object.fromEntries(tasks.map((task) => [task.id, task]));

describe('getConversationTaskBadge', () => {
  it('says nothing of a conversation in which nothing is made', () => {
    expect(getConversationTaskBadge('c9', byId(media('m1')))).toEqual({
      processing: 0,
      progress: null,
      completed: 0,
    });
  });

  it('counts all that runs or waits, answers too, and how far it is on the whole', () => {
    const tasks = byId(
      media('m1', { progress: 60 }),
      media('m2', { state: 'waiting' }),
      { ...createTask('a1', 'chat', 'c1', 1), status: 'running' },
      media('m3', { conversation_id: 'c2', progress: 90 }),
    );

    expect(getConversationTaskBadge('c1', tasks)).toEqual({ processing: 3, progress: 30, completed: 0 });
  });

  it('counts what is done and was not seen; what failed is not done', () => {
    const tasks = byId(
      { ...media('m1', { state: 'completed' }), unseen: true },
      { ...media('m2', { state: 'failed' }), unseen: true },
      media('m3', { state: 'completed' }),
    );

    expect(getConversationTaskBadge('c1', tasks)).toMatchObject({ processing: 0, completed: 1 });
  });
});

describe('listMediaTasks', () => {
  it('shows what is made, then what waits by its place, then what ended unseen; answers stand elsewhere', () => {
    const tasks = byId(
      { ...media('done', { state: 'completed' }), unseen: true },
      media('seen', { state: 'completed' }),
      media('second', { state: 'waiting', place: 2 }),
      media('first', { state: 'waiting', place: 1 }),
      media('running', { progress: 10 }),
      createTask('answer', 'chat', 'c1', 1),
    );

    expect(listMediaTasks(tasks).map((task) => task.id)).toEqual(['running', 'first', 'second', 'done']);
  });
});

describe('a film of several shots', () => {
  const film = (state: MediaTask['state'], ...shots: MediaTask['state'][]): Task =>
    taskOfMedia(
      mediaTask({
        kind: 'video',
        state,
        storyboard: {
          continuous: false,
          shots: shots.map((each) => ({ state: each }) as StoryboardShot),
        },
      }),
    );

  it('takes a place for each shot that is at work', () => {
    const tasks = { m1: film('running', 'running', 'waiting', 'completed', 'saving') };

    expect(usedSlots(tasks, 'video')).toBe(2);
    expect(usedSlots(tasks, 'image')).toBe(0);
    expect(usedSlots({ m2: taskOfMedia(mediaTask({ state: 'running' })) }, 'image')).toBe(1);
    expect(usedSlots({ m2: taskOfMedia(mediaTask({ state: 'waiting' })) }, 'image')).toBe(0);
  });

  it('may go on after its end, and what was seen of it stays seen', () => {
    const seen = { ...film('failed', 'failed'), unseen: false };

    expect(mergeTask(seen, film('running', 'running'), null).status).toBe('running');
    expect(mergeTask(seen, film('failed', 'failed'), null).unseen).toBe(false);
    expect(mergeTask(film('running'), film('completed'), null).unseen).toBe(true);
  });
});
