import { useEffect } from 'react';
import { pollTaskUntilDone } from '@/services/image';
import { noteTask } from '@/services/mediaSession';
import { pollVideoTaskUntilDone } from '@/services/video';
import { useConnectionStore } from '@/stores/useConnectionStore';
import type { Message } from '@/types';
import { isTemp } from '@/utils/messageFactory';

/**
 * Ask how a result stands for as long as it develops and is shown, where no socket can tell it: the last resort. Its
 * message then is as it was stored.
 */
export function useTaskPolling({ id, conversation_id, status, task }: Message): void {
  const blocked = useConnectionStore((state) => state.blocked);
  const taskId = blocked && task && !isTemp(task.id) && status === 'developing' ? task.id : null;
  const poll = task?.kind === 'video' ? pollVideoTaskUntilDone : pollTaskUntilDone;
  useEffect(() => {
    if (!taskId) return;
    const calledOff = new AbortController();
    const onChange = (told: NonNullable<Message['task']>): void => {
      // Loading the message may fail; the next visit of the conversation then loads it.
      void noteTask(conversation_id, id, told).catch(() => undefined);
    };
    void poll(taskId, { onChange, signal: calledOff.signal });
    return () => calledOff.abort();
  }, [taskId, conversation_id, id, poll]);
}
