import { expect, it } from 'vitest';
import type { Asset } from '@/types';
import { createMediaOptimisticPair, createMediaTimestamps, isTemp, type MediaOrder } from './messageFactory';

it('makes a question with its pictures and the place of the result, which follows it', () => {
  const timestamps = createMediaTimestamps();
  const order = {
    kind: 'image',
    modelId: 'demo/frame',
    prompt: '茶屋',
    options: { aspect_ratio: '4:5' },
    references: [],
    shots: [],
    chain: null,
    continuous: false,
  } satisfies MediaOrder as MediaOrder;
  const picture = { id: 'a1' } as Asset;

  const { userMessage, placeholder } = createMediaOptimisticPair('c1', 'm0', order, [picture], timestamps);

  expect(userMessage).toMatchObject({ role: 'user', content: '茶屋', parent_id: 'm0', assets: [picture] });
  expect(placeholder).toMatchObject({
    role: 'assistant',
    status: 'developing',
    parent_id: userMessage.id,
    model_id: 'demo/frame',
    task: { kind: 'image', state: 'submitting', request: { options: { aspect_ratio: '4:5' } } },
  });
  expect([userMessage.id, placeholder.id].every(isTemp)).toBe(true);
});
