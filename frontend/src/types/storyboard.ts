import type { Asset } from './index';

/** A shot that is being written. */
export interface DraftShot {
  /** Its own id on this browser. */
  id: string;
  prompt: string;
  seconds: number;
  /** The picture that it begins with or goes by. */
  picture: Asset | null;
}

/** A storyboard that is being written; off, it is kept but not sent. */
export interface Storyboard {
  isOn: boolean;
  /** Each shot begins with the last frame of the one before. */
  continuous: boolean;
  shots: DraftShot[];
}
