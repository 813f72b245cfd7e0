import { describe, expect, it } from 'vitest';
import { groupConversationsByDate, groupForList } from '@/components/chat/conversationUtils';
import { inListOrder } from '@/stores/conversationSlice';
import { useChatStore } from '@/stores/useChatStore';
import { conversation } from '@/test/samples';
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

describe('the list', () => {
  const all = Object.fromEntries(
    [
      conversation('old', { updated_at: '2026-11-01T08:00:00Z' }),
      conversation('new', { updated_at: '2026-11-20T08:00:00Z' }),
      conversation('pinned', { updated_at: '2026-10-01T08:00:00Z', pinned: true }),
      conversation('away', { archived: true }),
    ].map((item) => [item.id, item]),
  );

  it('has pinned ones first, and the archived ones apart', () => {
    expect(inListOrder(all).map(({ id }) => id)).toEqual(['pinned', 'new', 'old']);
    expect(inListOrder(all, true).map(({ id }) => id)).toEqual(['away']);
  });

  it('shows pinned ones under a heading of their own', () => {
    const words = { pinned: 'Pinned', today: 'Today', yesterday: 'Yesterday' };
    const groups = groupForList(inListOrder(all), words, 'en');

    expect(groups[0]).toEqual(['Pinned', [all.pinned]]);
    expect(groups.slice(1).flatMap(([, items]) => items.map(({ id }) => id))).toEqual(['new', 'old']);
  });

  it('and the archive replace each other not', () => {
    const { setConversations } = useChatStore.getState();
    setConversations([all.new as Conversation]);
    setConversations([all.away as Conversation], true);
    setConversations([all.old as Conversation]);

    expect(Object.keys(useChatStore.getState().conversations).sort()).toEqual(['away', 'old']);
  });
});
