import { create } from 'zustand';
import type { Asset } from '@/types';

export interface Attachment {
  /** Its own id on this screen. */
  id: string;
  name: string;
  kind: Asset['kind'];
  /** In percent; 100 when it is stored. */
  progress: number;
  /** The stored file; null while it is on its way. */
  asset: Asset | null;
  /** What to show of it while it is on its way. */
  previewUrl: string | null;
  /** Of a sound that was recorded here: how loud it was, from 0 to 1. */
  levels?: number[];
}

interface ComposerStore {
  /** What goes with the next message, by conversation. */
  attachments: Record<string, Attachment[]>;
  attach: (conversationId: string | null, ...added: Attachment[]) => void;
  changeAttachment: (id: string, changes: Partial<Attachment>) => void;
  removeAttachment: (id: string) => void;
  setAttachments: (conversationId: string | null, attachments: Attachment[]) => void;
}

const NEW = 'new';
const ATTACHMENTS_MAX = 16;
const NONE: Attachment[] = [];
const KEPT = 'latent.attachments';

/** What lies beside the text of a message that is not sent yet; gone with the page, unless it is kept for the next. */
export const useComposerStore = create<ComposerStore>()((set) => ({
  attachments: takeKept(),
  attach: (conversationId, ...added) =>
    set(({ attachments }) => {
      const key = conversationId ?? NEW;
      return {
        attachments: {
          ...attachments,
          [key]: [...(attachments[key] ?? NONE), ...added].slice(-ATTACHMENTS_MAX),
        },
      };
    }),
  changeAttachment: (id, changes) =>
    set(({ attachments }) => ({
      attachments: each(attachments, (list) =>
        list.map((attachment) => (attachment.id === id ? { ...attachment, ...changes } : attachment)),
      ),
    })),
  removeAttachment: (id) =>
    set(({ attachments }) => ({
      attachments: each(attachments, (list) => list.filter((attachment) => attachment.id !== id)),
    })),
  setAttachments: (conversationId, next) =>
    set(({ attachments }) => ({ attachments: { ...attachments, [conversationId ?? NEW]: next } })),
}));

/** Keep what is stored already for this tab's next page. */
export function keepAttachments(): void {
  const stored = each(useComposerStore.getState().attachments, (list) =>
    list.filter(({ asset }) => asset !== null).map((attachment) => ({ ...attachment, previewUrl: null })),
  );
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(stored));
  } catch {
    // A full or closed store: the files are then among one's own, and can be chosen again.
  }
}

/** Return what the page before this one has kept; it is taken once. */
function takeKept(): Record<string, Attachment[]> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    sessionStorage.removeItem(KEPT);
    return kept !== null && typeof kept === 'object' ? (kept as Record<string, Attachment[]>) : {};
  } catch {
    return {};
  }
}

/** Return what goes with the next message of a conversation. */
export function attachmentsOf(state: ComposerStore, conversationId: string | null): Attachment[] {
  return state.attachments[conversationId ?? NEW] ?? NONE;
}

/** Return a file that is stored already as something that goes with a message. */
export function attachmentOf(asset: Asset): Attachment {
  return {
    id: crypto.randomUUID(),
    name: asset.name,
    kind: asset.kind,
    progress: 100,
    asset,
    previewUrl: null,
  };
}

function each(
  table: Record<string, Attachment[]>,
  step: (list: Attachment[]) => Attachment[],
): Record<string, Attachment[]> {
  return Object.fromEntries(Object.entries(table).map(([key, list]) => [key, step(list)]));
}
