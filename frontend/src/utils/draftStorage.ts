const PREFIX = 'latent.draft.';
const NEW = 'new';

/** Return the text that was left unsent in a conversation (null: the one not begun yet). */
export function readDraft(conversationId: string | null): string {
  try {
    return localStorage.getItem(PREFIX + (conversationId ?? NEW)) ?? '';
  } catch {
    return '';
  }
}

/** Keep a text that is not sent yet; an empty one is forgotten. */
export function writeDraft(conversationId: string | null, text: string): void {
  try {
    const key = PREFIX + (conversationId ?? NEW);
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // A full or closed store: the draft then lives as long as the page.
  }
}
