import type { Locale } from '@/i18n';
import type { Conversation } from '@/types';

export interface DateWords {
  today: string;
  yesterday: string;
}

/** Return the name of the day that a time belongs to: today, yesterday, or its date (with the year if another). */
export function formatDateGroup(dateStr: string, words: DateWords, locale: Locale, now = new Date()): string {
  const date = new Date(dateStr);
  const daysAgo = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  if (daysAgo <= 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale, {
    month: locale === 'en' ? 'short' : 'long',
    day: 'numeric',
    year,
  }).format(date);
}

/** Return conversations by day, days and conversations in the order they came in. */
export function groupConversationsByDate(
  conversations: Conversation[],
  words: DateWords,
  locale: Locale,
  now = new Date(),
): Record<string, Conversation[]> {
  const groups: Record<string, Conversation[]> = {};
  for (const conversation of conversations) {
    const name = formatDateGroup(conversation.updated_at, words, locale, now);
    const group = groups[name];
    if (group) group.push(conversation);
    else groups[name] = [conversation];
  }
  return groups;
}

/** Return a list, in its order, as it is shown: pinned ones under a heading of their own, the others by day. */
export function groupForList(
  conversations: Conversation[],
  words: DateWords & { pinned: string },
  locale: Locale,
): [string, Conversation[]][] {
  const pinned = conversations.filter((conversation) => conversation.pinned);
  const others = conversations.filter((conversation) => !conversation.pinned);
  const days = Object.entries(groupConversationsByDate(others, words, locale));
  return pinned.length > 0 ? [[words.pinned, pinned], ...days] : days;
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
