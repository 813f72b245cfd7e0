import { requestJson } from '@/api/client';
import { useConnectionStore } from '@/stores/useConnectionStore';
import type { SocketMessage, TaskChanged, UserEvent } from '@/types/live';
import { beginAfter, reloadShown, takeEvent } from './liveState';
import { forgetWanted } from './messageSync';
import { noteBuild } from './newVersion';

const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 30_000;
const PING_MS = 25_000;
const PONG_MS = 5_000;
/** A proxy may swallow the request to open a socket: no answer by then is a refusal. */
const OPEN_MS = 8_000;
/** Attempts in a row after which sockets are taken to be impossible here. */
const BLOCKED_ATTEMPTS = 2;
const WAITING_EVENTS_MAX = 5_000;
/** The server ended the session, or did not like what we said; it is asked which. */
const POLICY_VIOLATION = 1008;

export interface EventListeners {
  /** A conversation is about to leave, here because somebody deleted it on another page. */
  onConversationDeleted: (id: string) => void;
}

let running: EventConnection | null = null;
let wantedTasks: string[] | null = null;

/** Hear of everything that changes for the user, on whichever device, until the returned function is called. */
export function startEvents(listeners: EventListeners): () => void {
  running?.stop();
  const connection = new EventConnection(listeners);
  running = connection;
  connection.start();
  return () => {
    connection.stop();
    if (running === connection) running = null;
  };
}

/** Hear only of these tasks how far they are, or (null) of all; ends are always told. Holds until it is said again. */
export function subscribeTaskUpdates(taskIds: string[] | null): void {
  wantedTasks = taskIds;
  running?.say({ type: 'subscribe', task_ids: taskIds });
}

/** A media task has begun, or gone on. */
export function handleTaskProgress(event: TaskChanged): void {
  takeEvent(event);
}

/** A media task has ended; its place is free for whatever waits. */
export function handleTaskCompleted(event: TaskChanged): void {
  takeEvent(event);
}

/**
 * One socket, opened again whenever it breaks: after the last event that was seen, so that nothing is missed. While
 * all that is shown is being loaded anew, events wait, since they are newer.
 */
class EventConnection {
  private socket: WebSocket | null = null;
  private seq: number | null = null;
  private attempts = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  /** Whether a ping waits for its answer. */
  private asked = false;
  private heartbeat: ReturnType<typeof setTimeout> | undefined;
  /** Events that came during a reload; null while there is none. */
  private waiting: UserEvent[] | null = null;
  /** Counts reloads: one that was overtaken by another says nothing any more. */
  private reloads = 0;

  constructor(private readonly listeners: EventListeners) {}

  start(): void {
    window.addEventListener('online', this.hurry);
    window.addEventListener('offline', this.check);
    document.addEventListener('visibilitychange', this.hurry);
    this.open();
  }

  stop(): void {
    window.removeEventListener('online', this.hurry);
    window.removeEventListener('offline', this.check);
    document.removeEventListener('visibilitychange', this.hurry);
    this.drop();
    clearTimeout(this.pause);
    this.reloads++;
    useConnectionStore.setState({ blocked: false });
    forgetWanted();
  }

  say(command: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(command));
  }

  private open(): void {
    clearTimeout(this.pause);
    this.pause = undefined;
    const after = this.seq === null ? '' : `?after=${this.seq}`;
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws${after}`);
    this.socket = socket;
    socket.onmessage = ({ data }) => this.take(JSON.parse(String(data)) as SocketMessage);
    socket.onclose = ({ code }) => this.reopen(code);
    this.heartbeat = setTimeout(() => this.reopen(), OPEN_MS);
  }

  /** Let go of the socket without a word more from it. */
  private drop(): void {
    clearTimeout(this.heartbeat);
    this.asked = false;
    if (!this.socket) return;
    this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  private reopen(code?: number): void {
    this.drop();
    clearTimeout(this.pause);
    // A refused session shows itself to any request; whoever listens for that ends this connection.
    if (code === POLICY_VIOLATION || this.attempts > 0) void requestJson('/api/me').catch(() => undefined);
    if (this.attempts >= BLOCKED_ATTEMPTS) this.goWithout();
    const longest = Math.min(PAUSE_FIRST_MS * 2 ** this.attempts++, PAUSE_MAX_MS);
    this.pause = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  /** No socket comes through: until one does, what develops is asked for, and the rest at each further attempt. */
  private goWithout(): void {
    useConnectionStore.setState({ blocked: true });
    if (!document.hidden) void reloadShown().catch(() => undefined); // the next attempt loads again
  }

  /** The network is back, or somebody looks: do not wait any longer, and do not trust a socket that slept. */
  private readonly hurry = (): void => {
    if (document.hidden) return;
    if (this.pause !== undefined) this.open();
    else this.check();
  };

  private readonly check = (): void => {
    if (this.socket?.readyState !== WebSocket.OPEN || this.asked) return;
    this.asked = true;
    this.say({ type: 'ping' });
    clearTimeout(this.heartbeat);
    this.heartbeat = setTimeout(() => this.reopen(), PONG_MS);
  };

  private take(message: SocketMessage): void {
    clearTimeout(this.heartbeat);
    this.asked = false;
    this.heartbeat = setTimeout(this.check, PING_MS);
    switch (message.type) {
      case 'pong':
        return;
      case 'hello':
        this.attempts = 0;
        noteBuild(message.build);
        useConnectionStore.setState({ blocked: false });
        if (wantedTasks) this.say({ type: 'subscribe', task_ids: wantedTasks });
        if (this.seq === null) void this.beginAnew(message.seq);
        return;
      case 'reset':
        void this.beginAnew(message.seq);
        return;
      default:
        this.receive(message);
    }
  }

  private receive(event: UserEvent): void {
    if (typeof event.seq !== 'number') return; // something newer than this page, which is not of the log
    this.seq = event.seq;
    if (this.waiting === null) this.deliver(event);
    else if (this.waiting.push(event) > WAITING_EVENTS_MAX) this.startOver();
  }

  private deliver(event: UserEvent): void {
    if (event.type === 'conversation.deleted') this.listeners.onConversationDeleted(event.data.id);
    if (event.type !== 'task.changed') takeEvent(event);
    else if (event.data.finished_at) handleTaskCompleted(event);
    else handleTaskProgress(event);
  }

  private async beginAnew(seq: number): Promise<void> {
    const reload = ++this.reloads;
    this.seq = seq;
    this.waiting = [];
    try {
      await reloadShown();
    } catch {
      if (reload === this.reloads) this.startOver();
      return;
    }
    if (reload !== this.reloads) return;
    beginAfter(seq);
    const events = this.waiting;
    this.waiting = null;
    for (const event of events) this.deliver(event);
  }

  /** What is shown could not be loaded: try again from the beginning, after a pause. */
  private startOver(): void {
    this.reloads++;
    this.seq = null;
    this.waiting = null;
    this.reopen();
  }
}
