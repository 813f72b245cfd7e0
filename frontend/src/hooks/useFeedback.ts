import type { ApiError } from '@/api/client';
import { rateMessage } from '@/services/message';
import { useChatStore } from '@/stores/useChatStore';
import type { Feedback, Message } from '@/types';
import { asApiError } from './useMessageLoader';

/** Say what one thinks of an answer: it is shown at once, and taken back when the server refuses. */
export function useFeedback(
  { id, conversation_id, feedback }: Message,
  onRefused: (error: ApiError) => void,
): (next: Feedback | null) => Promise<boolean> {
  const show = (next: Feedback | null): void =>
    useChatStore.getState().patchMessage(conversation_id, id, { feedback: next });
  return async (next) => {
    show(next);
    try {
      show((await rateMessage(id, next)).feedback);
      return true;
    } catch (problem) {
      show(feedback);
      onRefused(asApiError(problem));
      return false;
    }
  };
}
