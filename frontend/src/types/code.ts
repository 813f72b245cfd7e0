/** What a piece of code is, as far as its colour tells. */
export type Tone =
  | 'comment'
  | 'keyword'
  | 'string'
  | 'number'
  | 'name'
  | 'type'
  | 'inserted'
  | 'deleted'
  | null;

/** One line of code, in pieces of one tone. */
export type ToneLine = [tone: Tone, text: string][];
