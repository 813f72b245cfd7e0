import { ApiError } from '@/api/client';
import { useChatStore } from '@/stores/useChatStore';
import { useConversationRuntimeStore } from '@/stores/useConversationRuntimeStore';
import { useTaskStore } from '@/stores/useTaskStore';
import type { ChatEvent, ErrorInfo, Message } from '@/types';
import { noteCredits, refreshCredits } from './credits';
import { FlushPace } from './flushPace';
import { followMessageStream } from './message';
import { pause } from './pause';
import { readEvents } from './sse';

const PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000];
const ATTEMPTS_MAX = 60;
const LOST: ErrorInfo = { code: 'interrupted', params: {} };

/**
 * Watch an answer from its first response to its end, whatever happens to the connection: when it breaks, follow
 * again from the last event. Every event is applied once, in order; the watching ends in every case.
 */
export async function watchAnswer(
  conversationId: string,
  response: Response,
  onStarted: (event: Extract<ChatEvent, { type: 'started' }>) => void,
): Promise<void> {
  await new StreamSession(conversationId, onStarted).run(response);
}

/** Watch an answer that was begun elsewhere or before a reload. */
export async function rejoinAnswer(conversationId: string, messageId: string): Promise<void> {
  if (useConversationRuntimeStore.getState().streams[conversationId]?.messageId === messageId) return;
  const session = new StreamSession(conversationId, () => undefined, messageId);
  await session.run(null);
}

class StreamSession {
  private seq: number | null = null;
  private waiting: ChatEvent[] = [];
  private flushPlanned = false;
  private readonly pace = new FlushPace();
  private wrote = false;
  private ended = false;

  constructor(
    private readonly conversationId: string,
    private readonly onStarted: (event: Extract<ChatEvent, { type: 'started' }>) => void,
    private messageId: string | null = null,
  ) {}

  async run(first: Response | null): Promise<void> {
    if (this.messageId) this.begin(this.messageId);
    let response = first;
    try {
      for (let attempt = 0; !this.ended && attempt < ATTEMPTS_MAX; attempt++) {
        response ??= await this.reopen(attempt);
        if (response) {
          const before = this.seq;
          await this.read(response);
          if (this.seq !== before) attempt = 0;
        }
        response = null;
      }
    } finally {
      this.flush();
      this.close();
    }
  }

  /** Note that an answer is being written, here and among all that runs. */
  private begin(messageId: string): void {
    this.messageId = messageId;
    useTaskStore.getState().startTask(this.conversationId, 'chat', messageId);
    this.show(true);
  }

  /** Whatever happened: nothing runs here any more, and the account is looked at anew. */
  private close(): void {
    if (this.messageId) {
      useTaskStore.getState().failTask(this.conversationId, LOST, this.messageId);
      interruptShown(this.conversationId, this.messageId);
    }
    useConversationRuntimeStore.getState().setStream(this.conversationId, null);
    refreshCredits();
  }

  private async read(response: Response): Promise<void> {
    try {
      for await (const events of readEvents(response)) {
        for (const { seq, event } of events) this.take(seq, event);
      }
    } catch {
      // The connection broke in the middle: the loop follows again from the last event.
    }
  }

  private async reopen(attempt: number): Promise<Response | null> {
    if (!this.messageId) {
      this.ended = true; // it broke before we learned which answer it is: the messages are loaded anew instead
      return null;
    }
    if (attempt > 0) {
      this.show(false);
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length) - 1] ?? 0);
    }
    try {
      const response = await followMessageStream(this.messageId, this.seq);
      this.show(true);
      return response;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 404)) this.ended = true;
      return null;
    }
  }

  private take(seq: number, event: ChatEvent): void {
    if (event.type === 'started') {
      this.onStarted(event);
      this.begin(event.answer.id);
      if (event.credits) noteCredits(event.credits);
    } else if (event.type === 'credits') {
      noteCredits(event.credits);
    } else if (event.type === 'snapshot') {
      this.waiting = [event];
    } else {
      this.waiting.push(event);
    }
    this.seq = seq;
    if (event.type === 'end') {
      this.ended = true;
      this.flush();
      endTask(this.conversationId, event.answer);
    } else {
      this.noteWriting(event);
      this.planFlush();
    }
  }

  /** Tell once that words are coming: how many are to come, nobody knows. */
  private noteWriting(event: ChatEvent): void {
    if (this.wrote || !this.messageId || (event.type !== 'delta' && event.type !== 'reasoning')) return;
    this.wrote = true;
    useTaskStore.getState().updateTaskProgress(this.conversationId, null, '', this.messageId);
  }

  /** Commit what came once per frame at most: a store change for each token would cost more than drawing it. */
  private planFlush(): void {
    if (this.flushPlanned) return;
    this.flushPlanned = true;
    this.pace.plan(() => this.flush());
  }

  private flush(): void {
    this.flushPlanned = false;
    if (!this.waiting.length || !this.messageId) return;
    const events = this.waiting;
    this.waiting = [];
    useChatStore.getState().applyEvents(this.conversationId, this.messageId, events);
  }

  private show(connected: boolean): void {
    if (!this.messageId) return;
    useConversationRuntimeStore
      .getState()
      .setStream(this.conversationId, { messageId: this.messageId, connected });
  }
}

/** An answer that could not be followed to its end is not shown as if it went on; events tell what became of it. */
function interruptShown(conversationId: string, messageId: string): void {
  const { messages, patchMessage } = useChatStore.getState();
  if (messages[conversationId]?.byId[messageId]?.status !== 'streaming') return;
  patchMessage(conversationId, messageId, { status: 'interrupted', error: LOST });
}

function endTask(conversationId: string, answer: Message): void {
  const { completeTask, failTask } = useTaskStore.getState();
  if (answer.status === 'complete' || answer.status === 'stopped')
    completeTask(conversationId, '', answer.id);
  else failTask(conversationId, answer.error ?? LOST, answer.id);
}
