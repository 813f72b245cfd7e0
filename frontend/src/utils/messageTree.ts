import type { Message } from '@/types';

export interface Versions {
  /** Ids of the versions of one message, oldest first. */
  ids: string[];
  index: number;
}

export interface Thread {
  path: Message[];
  versions: Record<string, Versions>;
}

/**
 * Return the messages from the beginning (as far as it is loaded) to a leaf, and the versions of each.
 * Versions are siblings: messages of the same author that follow the same message.
 */
export function readThread(byId: Record<string, Message>, leafId: string | null): Thread {
  const children = groupByParent(Object.values(byId));
  const path: Message[] = [];
  const versions: Record<string, Versions> = {};
  let current = leafId ? byId[leafId] : undefined;
  while (current) {
    const { id, role } = current;
    path.push(current);
    const siblings = (children.get(current.parent_id) ?? []).filter((message) => message.role === role);
    if (siblings.length > 1) {
      const ids = siblings.map((message) => message.id);
      versions[id] = { ids, index: ids.indexOf(id) };
    }
    current = current.parent_id ? byId[current.parent_id] : undefined;
  }
  return { path: path.reverse(), versions };
}

/** Return the newest message below a message (itself, if nothing follows it). */
export function newestLeafBelow(byId: Record<string, Message>, id: string): string {
  const children = groupByParent(Object.values(byId));
  let leaf = id;
  for (let next = children.get(leaf); next?.length; next = children.get(leaf)) {
    leaf = next[next.length - 1]?.id ?? leaf;
  }
  return leaf;
}

function groupByParent(messages: Message[]): Map<string | null, Message[]> {
  const children = new Map<string | null, Message[]>();
  for (const message of messages) {
    const siblings = children.get(message.parent_id);
    if (siblings) siblings.push(message);
    else children.set(message.parent_id, [message]);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => a.seq - b.seq);
  return children;
}

/** Return messages without some of them. */
export function without(byId: Record<string, Message>, ids: string[]): Record<string, Message> {
  return Object.fromEntries(Object.entries(byId).filter(([id]) => !ids.includes(id)));
}

/** Remove messages; what followed them follows their parent, as on the server. */
export function adopt(byId: Record<string, Message>, ids: string[]): Record<string, Message> {
  let left = byId;
  for (const id of ids) {
    const gone = left[id];
    if (!gone) continue;
    left = Object.fromEntries(
      Object.entries(without(left, [id])).map(([key, message]) => [
        key,
        message.parent_id === id ? { ...message, parent_id: gone.parent_id } : message,
      ]),
    );
  }
  return left;
}
