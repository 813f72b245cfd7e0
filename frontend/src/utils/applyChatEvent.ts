import type { ChatEvent, Message } from '@/types';

/** Return the answer after an event of its stream: pure, the heart of the chat. */
export function applyChatEvent(message: Message, event: ChatEvent): Message {
  switch (event.type) {
    case 'delta':
      return { ...message, content: message.content + event.text };
    case 'reasoning':
      return { ...message, reasoning: message.reasoning + event.text };
    case 'usage':
      return { ...message, usage: event.usage };
    case 'error':
      return { ...message, error: event.error };
    case 'started':
    case 'snapshot':
    case 'end':
      return event.answer;
    default:
      return message;
  }
}
