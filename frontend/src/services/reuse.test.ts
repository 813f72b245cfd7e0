import { beforeEach, describe, expect, it, vi } from 'vitest';
import { attachmentsOf, useComposerStore } from '@/stores/useComposerStore';
import { useSettingsStore } from '@/stores/useSettingsStore';
import { boardOf, useStoryboardStore } from '@/stores/useStoryboardStore';
import { mediaTask } from '@/test/samples';
import type { Asset, MediaTask } from '@/types';
import { readDraft, writeDraft } from '@/utils/draftStorage';
import { NO_BOARD } from '@/utils/storyboard';
import { findAssets } from './assets';
import { startConversation } from './conversationService';
import { queryTaskStatus } from './image';
import { reuseTask } from './reuse';

// What cannot run here: the server.
vi.mock('./image', () => ({ queryTaskStatus: vi.fn() }));
vi.mock('./assets', () => ({ findAssets: vi.fn() }));
vi.mock('./conversationService', () => ({ startConversation: vi.fn(async () => 'c9') }));

const PICTURE = { id: 'p1', kind: 'image', name: 'tea.png' } as Asset;
const REFERENCE = { asset_id: 'p1', role: 'reference' as const };
const GONE = { asset_id: 'p2', role: 'reference' as const };

function had(changes: Partial<MediaTask>): void {
  vi.mocked(queryTaskStatus).mockResolvedValue(mediaTask({ state: 'completed', ...changes }));
}

beforeEach(() => {
  vi.mocked(startConversation).mockClear();
  vi.mocked(findAssets).mockImplementation(async (ids) => (ids.includes('p1') ? [PICTURE] : []));
  useComposerStore.setState({ attachments: {} });
  useStoryboardStore.getState().setBoard(null, NO_BOARD);
  writeDraft(null, '');
});

const request = { options: {}, references: [], shots: [], chain: false, continuous: false };

describe('a work that is used again', () => {
  it('puts model, options, words and what is left of its references into the composer', async () => {
    had({ request: { ...request, options: { aspect_ratio: '16:9' }, references: [REFERENCE, GONE] } });
    expect(await reuseTask('t1')).toEqual({ conversationId: null, lost: 1 });
    const { mode, imageModel, modelOptions } = useSettingsStore.getState();
    expect([mode, imageModel]).toEqual(['image', 'demo/nano-banana-2']);
    expect(modelOptions['demo/nano-banana-2']).toEqual({ aspect_ratio: '16:9' });
    expect(readDraft(null)).toBe('A tea house in morning mist');
    const attached = attachmentsOf(useComposerStore.getState(), null);
    expect(attached.map(({ asset }) => asset)).toEqual([PICTURE]);
    expect(boardOf(useStoryboardStore.getState(), null).isOn).toBe(false);
  });

  it('brings its shots, each with its picture', async () => {
    const shots = [
      { prompt: 'Rain', seconds: 3, references: [REFERENCE] },
      { prompt: 'A lamp', seconds: 4, references: [GONE] },
    ];
    had({ kind: 'video', prompt: '', request: { ...request, shots, chain: true, continuous: true } });
    expect(await reuseTask('t1')).toEqual({ conversationId: null, lost: 1 });
    const board = boardOf(useStoryboardStore.getState(), null);
    expect([board.isOn, board.continuous]).toEqual([true, true]);
    expect(board.shots.map(({ prompt, seconds, picture }) => [prompt, seconds, picture])).toEqual([
      ['Rain', 3, PICTURE],
      ['A lamp', 4, null],
    ]);
    expect(attachmentsOf(useComposerStore.getState(), null)).toEqual([]);
  });

  it('goes into a conversation of its own where something is being written', async () => {
    writeDraft(null, 'Not sent yet');
    had({});
    expect(await reuseTask('t1')).toEqual({ conversationId: 'c9', lost: 0 });
    expect(readDraft(null)).toBe('Not sent yet');
    expect(readDraft('c9')).toBe('A tea house in morning mist');
    expect(startConversation).toHaveBeenCalledOnce();
  });
});
