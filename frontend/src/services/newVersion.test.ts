import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Attachment } from '@/stores/useComposerStore';
import { useConnectionStore } from '@/stores/useConnectionStore';
import { noteBuild } from './newVersion';

const isOutdated = (): boolean => useConnectionStore.getState().isOutdated;

afterEach(() => {
  document.head.innerHTML = '';
  sessionStorage.clear();
});

describe('a page', () => {
  it('of the build that the server has is current; of another one it is not', () => {
    document.head.innerHTML = '<meta name="latent-build" content="abc">';
    noteBuild('abc');
    expect(isOutdated()).toBe(false);
    noteBuild('def');
    expect(isOutdated()).toBe(true);
    noteBuild(null);
    expect(isOutdated()).toBe(false);
  });

  it('that is not built is never out of date', () => {
    noteBuild('def');
    expect(isOutdated()).toBe(false);
  });
});

describe('what lies beside a text', () => {
  const stored = {
    id: '1',
    name: 'tea.png',
    kind: 'image',
    progress: 100,
    asset: { id: 'x' },
    previewUrl: 'blob:1',
  };
  const coming = { ...stored, id: '2', asset: null, progress: 40 };

  it('is there again after a reload, once, as far as it is stored', async () => {
    const before = await import('@/stores/useComposerStore');
    before.useComposerStore.getState().setAttachments('c1', [stored, coming] as Attachment[]);
    before.keepAttachments();

    vi.resetModules();
    const after = await import('@/stores/useComposerStore');
    expect(after.useComposerStore.getState().attachments).toEqual({ c1: [{ ...stored, previewUrl: null }] });
    vi.resetModules();
    const later = await import('@/stores/useComposerStore');
    expect(later.useComposerStore.getState().attachments).toEqual({});
  });

  it.each(['{', 'null', '7'])('is nothing where %s was kept', async (kept) => {
    sessionStorage.setItem('latent.attachments', kept);
    vi.resetModules();
    const { useComposerStore } = await import('@/stores/useComposerStore');
    expect(useComposerStore.getState().attachments).toEqual({});
  });
});
