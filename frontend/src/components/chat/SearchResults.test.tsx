import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showLanguage } from '@/i18n';
import { queries } from '@/services/queryClient';
import type { SearchHit } from '@/types';
import { SearchResults } from './SearchResults';

const TITLE: SearchHit = {
  conversation_id: 'c1',
  title: '🎞️ Darkroom <b>',
  title_ranges: [[3, 7]],
  archived: true,
  message_id: null,
  role: null,
  snippet: null,
  snippet_ranges: [],
  time: '2026-11-20T08:00:00Z',
};
const MESSAGE: SearchHit = {
  ...TITLE,
  title_ranges: [],
  message_id: 'm1',
  role: 'user',
  snippet: '…in the 🎞️ dark, dark',
  snippet_ranges: [
    [11, 15],
    [17, 21],
  ],
};

beforeEach(() => showLanguage('en'));
afterEach(() => {
  queries.clear();
  vi.unstubAllGlobals();
});

/** Stand in for the network; the answers come in their order. */
function answers(...bodies: unknown[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return Promise.resolve(Response.json(bodies[Math.min(asked.length, bodies.length) - 1]));
  });
  return asked;
}

function show(query: string) {
  return render(
    <QueryClientProvider client={queries}>
      <MemoryRouter>
        <SearchResults query={query} currentId={null} onOpen={() => undefined} />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

it('marks hits character by character, as text, and leads to them', async () => {
  const asked = answers({ items: [TITLE, MESSAGE], next_cursor: null });
  const { container } = show('dark & <b>');

  await screen.findByText('2 found');
  expect([...container.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual([
    'Dark',
    'dark',
    'dark',
  ]);
  expect(container.querySelector('b')).toBeNull();
  expect([...container.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual([
    '/c/c1',
    '/c/c1?message=m1',
  ]);
  expect(screen.getByText('Titles')).toBeInTheDocument();
  expect(asked).toEqual(['/api/search?q=dark+%26+%3Cb%3E']);
});

it('says that nothing was found', async () => {
  answers({ items: [], next_cursor: null });
  show('饕餮');

  expect(await screen.findByText('Nothing matches “饕餮”')).toBeInTheDocument();
});
