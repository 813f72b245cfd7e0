import { create } from 'zustand';

export interface RunningStream {
  messageId: string;
  /** False while the connection is being picked up again. */
  connected: boolean;
}

export interface StaleSend {
  content: string;
  modelId: string;
  parentId: string | null;
}

interface RuntimeStore {
  /** Answers that are being written, by conversation. */
  streams: Record<string, RunningStream>;
  /** A send that was refused because its conversation has newer messages, by conversation. */
  stale: Record<string, StaleSend>;
  setStream: (conversationId: string, stream: RunningStream | null) => void;
  setStale: (conversationId: string, send: StaleSend | null) => void;
}

/** What goes on right now on this screen; gone with the page. */
export const useConversationRuntimeStore = create<RuntimeStore>()((set) => ({
  streams: {},
  stale: {},
  setStream: (conversationId, stream) =>
    set((state) => ({ streams: change(state.streams, conversationId, stream) })),
  setStale: (conversationId, send) => set((state) => ({ stale: change(state.stale, conversationId, send) })),
}));

function change<T>(table: Record<string, T>, key: string, value: T | null): Record<string, T> {
  const { [key]: _old, ...rest } = table;
  return value === null ? rest : { ...rest, [key]: value };
}
