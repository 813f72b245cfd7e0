import { createContext } from 'react';

/** Whether texts may show pictures of the reader's own store: not where somebody else reads them. */
export const OwnPictures = createContext(true);
