import type { components } from '@/api/schema.gen';
import type { Conversation, ErrorInfo, Message, TaskKind } from './index';

type Schemas = components['schemas'];

/** What changed for a user, numbered by `seq` without gaps. */
export type UserEvent = Schemas['UserEvent'];
export type SocketMessage = Schemas['SocketMessage'];
export type TaskChanged = Schemas['TaskChanged'];
export type MessageSummary = Schemas['MessageSummary'];
export type TaskTurn = Schemas['TaskTurn'];
/** A picture or a clip in the making, as the server tells it. */
export type MediaTask = Schemas['TaskOut'];

/** Something that is made or was just made for the user: an answer, a picture, a clip. */
export interface Task {
  id: string;
  kind: TaskKind;
  /** Null while it is only known that it runs somewhere. */
  conversationId: string | null;
  status: 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** In percent; null where nobody can know, as with text. */
  progress: number | null;
  /** What there is to show so far, for kinds that show something here; the text of an answer stands in its message. */
  content: string;
  startedAt: number;
  /** Whether this page follows it to its end; of others only events and lists tell. */
  followed: boolean;
  result: string | null;
  error: ErrorInfo | null;
  /** All that the server told of a media task; null for answers, and while only its id is known. */
  media: MediaTask | null;
  /** Whether it ended while its conversation was not shown, and nobody looked since. */
  unseen: boolean;
}

export interface MessagesOfConversation {
  /** Another object when messages come, go or move; the same one while a message grows in its place. */
  byId: Record<string, Message>;
  /** The newest message that the server told us of: the one a command has to follow. */
  leafId: string | null;
  /** The end of the branch that is shown. */
  shownLeafId: string | null;
  hasMore: boolean;
  loaded: boolean;
}

/** What a page shows of a user's things, and events change. */
export interface LiveState {
  /** The newest event that is in here. */
  seq: number;
  conversations: Record<string, Conversation>;
  messages: Record<string, MessagesOfConversation>;
  tasks: Record<string, Task>;
  /** The conversation that somebody looks at. */
  shownId: string | null;
}
