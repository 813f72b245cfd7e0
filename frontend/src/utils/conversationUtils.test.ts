import { describe, expect, it } from 'vitest';
import { groupConversationsByDate } from '@/components/chat/conversationUtils';
import type { Conversation } from '@/types';
import titles from '../../../tests/unit/titles.json';
import { generateAutoTitle } from './conversationUtils';

describe('generateAutoTitle', () => {
  // The same table holds the server's rule to the same results.
  it.each(titles)('$message -> $title', ({ message, title }) => {
    expect(generateAutoTitle(message)).toBe(title);
  });
});

describe('groupConversationsByDate', () => {
  it('names today, yesterday and dates, in the order given', () => {
    const at = (updated_at: string) => ({ id: updated_at, updated_at }) as Conversation;
    const now = new Date(2026, 10, 23, 9);
    const list = [
      at(new Date(2026, 10, 23, 0, 1).toISOString()),
      at(new Date(2026, 10, 22, 23, 59).toISOString()),
      at(new Date(2026, 10, 18, 12).toISOString()),
      at(new Date(2025, 0, 2, 12).toISOString()),
    ];

    const zh = groupConversationsByDate(list, { today: '今天', yesterday: '昨天' }, 'zh-CN', now);
    const en = groupConversationsByDate(list, { today: 'Today', yesterday: 'Yesterday' }, 'en', now);

    expect(Object.keys(zh)).toEqual(['今天', '昨天', '11月18日', '2025年1月2日']);
    expect(Object.keys(en)).toEqual(['Today', 'Yesterday', 'Nov 18', 'Jan 2, 2025']);
  });
});
