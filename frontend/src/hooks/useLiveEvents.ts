import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { loadActiveTasks } from '@/services/tasks';
import { keepUnseen } from '@/services/unseenMarks';
import { startEvents, subscribeTaskUpdates } from '@/services/websocket';
import { useTaskStore } from '@/stores/useTaskStore';

/**
 * Keep a user's page current with whatever happens on other devices, and leave a conversation that was deleted there.
 */
export function useLiveEvents(userId: string, conversationId: string | null): void {
  const navigate = useNavigate();
  const leave = useRef<(deletedId: string) => void>(() => undefined);
  leave.current = (deletedId) => {
    if (deletedId === conversationId) void navigate('/', { replace: true });
  };
  useEffect(() => keepUnseen(userId), [userId]);
  useEffect(() => startEvents({ onConversationDeleted: (id) => leave.current(id) }), []);
  useProgressOnlyWhenShown();
  useLookedAt(conversationId);
}

/** A page that nobody looks at is told what has ended, but not how far the rest is: that is asked on coming back. */
function useProgressOnlyWhenShown(): void {
  useEffect(() => {
    const change = (): void => {
      subscribeTaskUpdates(document.hidden ? [] : null);
      // Where this fails, the next event of each task says the same.
      if (!document.hidden) void loadActiveTasks().catch(() => undefined);
    };
    if (document.hidden) change();
    document.addEventListener('visibilitychange', change);
    return () => document.removeEventListener('visibilitychange', change);
  }, []);
}

/** Whatever ends in a conversation that somebody looks at is seen at once. */
function useLookedAt(conversationId: string | null): void {
  const show = useTaskStore((state) => state.showConversation);
  useEffect(() => {
    const look = (): void => show(document.hidden ? null : conversationId);
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      show(null);
    };
  }, [conversationId, show]);
}
