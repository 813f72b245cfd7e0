import { describe, expect, it } from 'vitest';
import type { MediaCapabilities, Model } from '@/types';
import { checkModelConflict, findModelFor } from './modelConflict';

const mediaOf = (...kinds: ('image' | 'video')[]): MediaCapabilities => ({
  prompt_chars: null,
  prompt_required: true,
  options: [],
  references: kinds.map((kind) => ({ role: 'reference', kind, least: 0, most: 1, bytes_max: 1 })),
  frames_exclude_references: false,
  shots: null,
  shots_required: false,
  clips: null,
  cancellable: 'queued_only',
});
const create = (id: string, mode: Model['mode'], media: MediaCapabilities | null, available = true): Model =>
  ({ id, mode, media, available }) satisfies Partial<Model> as Model;
const chat = create('chat', 'chat', null);
const frame = create('frame', 'image', mediaOf('image'));
const blind = create('blind', 'image', mediaOf());
const reel = create('reel', 'video', mediaOf('image', 'video'));
const gone = create('gone', 'video', mediaOf('image', 'video'), false);

describe('checkModelConflict', () => {
  it.each([
    ['a chat model and nothing attached', chat, false, false, null],
    ['a chat model and a picture', chat, true, false, 'chat'],
    ['a model that takes pictures', frame, true, false, null],
    ['a model that takes none', blind, true, false, 'image'],
    ['a model for pictures and a video', frame, false, true, 'video'],
    ['a model that takes both', reel, true, true, null],
  ] as const)('%s', (_, model, hasImage, hasVideo, expected) => {
    expect(checkModelConflict(model, hasImage, hasVideo)).toBe(expected);
  });
});

describe('findModelFor', () => {
  it.each([
    ['of the same mode', 'video', true, false, 'reel'],
    ['for pictures from the chat', 'chat', true, false, 'frame'],
    ['for a video from pictures', 'image', false, true, 'reel'],
  ] as const)('finds one %s', (_, mode, hasImage, hasVideo, id) => {
    expect(findModelFor([gone, blind, chat, reel, frame], mode, hasImage, hasVideo)?.id).toBe(id);
  });

  it('finds none where none can', () => {
    expect(findModelFor([chat, blind, gone], 'chat', true, false)).toBeNull();
  });
});
