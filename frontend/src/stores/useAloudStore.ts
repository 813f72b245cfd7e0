import { create } from 'zustand';

interface AloudStore {
  /** The message that is read aloud: one at a time, or none. */
  readingId: string | null;
}

/** What is read aloud on this page. */
export const useAloudStore = create<AloudStore>()(() => ({ readingId: null }));
