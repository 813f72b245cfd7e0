import { create } from 'zustand';

interface ConnectionStore {
  /** Events cannot come by themselves here: something on the way lets no socket through. */
  blocked: boolean;
  /** The server has another build of the web client than the one this page is of. */
  isOutdated: boolean;
}

/** How this page hears of what changes. */
export const useConnectionStore = create<ConnectionStore>()(() => ({ blocked: false, isOutdated: false }));
