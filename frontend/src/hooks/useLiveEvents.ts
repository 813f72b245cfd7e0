import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { keepUnseen } from '@/services/unseenMarks';
import { startEvents } from '@/services/websocket';
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
  useLookedAt(conversationId);
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
