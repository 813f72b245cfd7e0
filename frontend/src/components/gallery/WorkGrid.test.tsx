import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { Work } from '@/hooks/useWorks';
import type { Model } from '@/types';
import { WorkGrid } from './WorkGrid';

// jsdom scrolls nothing into view: whoever watches is told at once that the end is near.
vi.stubGlobal(
  'IntersectionObserver',
  class {
    constructor(private readonly told: (entries: { isIntersecting: boolean }[]) => void) {}
    observe(): void {
      this.told([{ isIntersecting: true }]);
    }
    disconnect(): void {}
  },
);

function work(id: string, changes: Partial<Work> = {}, origin: Partial<Work['origin']> = {}): Work {
  return {
    id,
    kind: 'image',
    mime: 'image/png',
    size_bytes: 1,
    width: 1600,
    height: 900,
    duration_ms: null,
    has_thumbnail: true,
    has_poster: false,
    name: '',
    created_at: '2026-11-20T08:00:00Z',
    origin: {
      task_id: `t-${id}`,
      model_id: 'demo/frame',
      conversation_id: 'c1',
      message_id: 'm1',
      prompt: `Tea house ${id}`,
      ...origin,
    },
    ...changes,
  };
}

const WORKS = [
  work('a'),
  work('b', { kind: 'video', duration_ms: 6200 }, { prompt: ' ' }),
  work('c', {}, { conversation_id: null, message_id: null, model_id: 'gone/model' }),
];
const MODELS = [{ id: 'demo/frame', name: 'Demo Frame' }] as Model[];

function show(hasMore = false) {
  const actions = { toMessage: vi.fn(), reuse: vi.fn(), remove: vi.fn() };
  const onOpen = vi.fn();
  const onLoadMore = vi.fn();
  render(
    <WorkGrid
      works={WORKS}
      models={MODELS}
      hasMore={hasMore}
      actions={actions}
      onOpen={onOpen}
      onLoadMore={onLoadMore}
    />,
  );
  const items = within(screen.getByRole('list', { name: 'Works' })).getAllByRole('listitem');
  return { actions, onOpen, onLoadMore, items, user: userEvent.setup() };
}

const tile = (name: string) => screen.getByRole('button', { name });

describe('the sheet of works', () => {
  it('says what each is, by whom it was made, and its shape or length', () => {
    const { items } = show();
    expect(tile('Picture: Tea house a')).toBeInTheDocument();
    expect(tile('Clip: no words')).toBeInTheDocument();
    expect(items[0]).toHaveTextContent('Demo Frame16:9');
    expect(items[1]).toHaveTextContent('0:06');
    expect(items[2]).toHaveTextContent('gone/model');
  });

  it('has its places before anything is loaded', () => {
    show();
    const picture = tile('Picture: Tea house a').querySelector('img');
    expect(picture).toHaveAttribute('loading', 'lazy');
    expect(picture).toHaveAttribute('width', '1600');
    expect(picture).toHaveAttribute('src', '/api/assets/a/thumbnail');
  });

  it('is one stop of Tab; the arrow keys move in it, and Delete asks', async () => {
    const { user, actions, onOpen } = show();
    await user.tab();
    expect(tile('Picture: Tea house a')).toHaveFocus();
    await user.keyboard('{ArrowRight}');
    expect(tile('Clip: no words')).toHaveFocus();
    await user.keyboard('{End}');
    expect(tile('Picture: Tea house c')).toHaveFocus();
    await user.keyboard('{Delete}');
    expect(actions.remove).toHaveBeenCalledExactlyOnceWith(WORKS[2]);
    await user.keyboard('{Home}{Enter}');
    expect(onOpen).toHaveBeenCalledExactlyOnceWith(0);
  });

  it('leads on from a work by its menu', async () => {
    const { user, actions, items } = show();
    await user.click(within(items[0] as HTMLElement).getByRole('button', { name: 'More' }));
    expect(screen.getByRole('menuitem', { name: 'Download' })).toHaveAttribute(
      'href',
      '/api/assets/a/content',
    );
    await user.click(screen.getByRole('menuitem', { name: 'Reuse prompt and settings' }));
    expect(actions.reuse).toHaveBeenCalledExactlyOnceWith(WORKS[0]);
    await user.click(within(items[2] as HTMLElement).getByRole('button', { name: 'More' }));
    expect(screen.getByRole('menuitem', { name: 'Conversation deleted' })).toHaveAttribute(
      'aria-disabled',
      'true',
    );
  });

  it('asks for more when its end is near', () => {
    expect(show(true).onLoadMore).toHaveBeenCalledOnce();
  });

  it('asks for nothing when there is no more', () => {
    expect(show().onLoadMore).not.toHaveBeenCalled();
  });
});
