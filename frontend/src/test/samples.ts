import type { Conversation, Message } from '@/types';
import type { LiveState, MediaTask, MessageSummary } from '@/types/live';

const NOW = '2026-11-20T08:00:00Z';
const LATER = '2026-11-20T08:01:00Z';
const ENDED = ['completed', 'failed', 'cancelled'];

/** Return a media task of conversation `c1` with some differences. */
export function mediaTask(changes: Partial<MediaTask> = {}): MediaTask {
  return {
    id: 'm1',
    conversation_id: 'c1',
    message_id: 'a1',
    kind: 'image',
    model_id: 'demo/nano-banana-2',
    prompt: 'A tea house in morning mist',
    request: { options: {}, references: [], shots: [], chain: false, continuous: false },
    parent_id: null,
    shot: null,
    storyboard: null,
    state: 'running',
    progress: null,
    place: null,
    paused_until: null,
    pause_reason: null,
    error: null,
    assets: [],
    held_mc: 24_000,
    charged_mc: null,
    created_at: NOW,
    started_at: NOW,
    finished_at: changes.state && ENDED.includes(changes.state) ? LATER : null,
    ...changes,
  };
}

export function conversation(id: string, changes: Partial<Conversation> = {}): Conversation {
  return {
    id,
    title: id,
    title_is_custom: false,
    pinned: false,
    archived: false,
    model_id: null,
    leaf_id: null,
    running: false,
    created_at: NOW,
    updated_at: NOW,
    ...changes,
  };
}

/** Return an answer in conversation `c1` with some differences. */
export function message(id: string, changes: Partial<Message> = {}): Message {
  const status = changes.status ?? 'complete';
  return {
    id,
    conversation_id: 'c1',
    parent_id: null,
    seq: 1,
    role: 'assistant',
    status,
    content: '',
    reasoning: '',
    model_id: null,
    usage: null,
    error: null,
    credits: null,
    feedback: null,
    task: null,
    assets: [],
    created_at: NOW,
    finished_at: status === 'streaming' || status === 'developing' ? null : LATER,
    ...changes,
  };
}

/** Return what events tell of a message. */
export function summaryOf({ content, reasoning: _, ...rest }: Message): MessageSummary {
  return { ...rest, content_chars: [...content].length };
}

/** Return a page that shows conversation `c1` with these messages. */
export function liveState(...messages: Message[]): LiveState {
  return {
    seq: 0,
    conversations: { c1: conversation('c1') },
    messages: {
      c1: {
        byId: Object.fromEntries(messages.map((each) => [each.id, each])),
        leafId: messages.at(-1)?.id ?? null,
        shownLeafId: messages.at(-1)?.id ?? null,
        hasMore: false,
        loaded: true,
      },
    },
    tasks: {},
    shownId: 'c1',
  };
}
