import { describe, expect, it } from 'vitest';
import { readEvents } from './sse';

const WIRE = [
  ': ping\n\n',
  'id: 1\ndata: {"type":"delta","text":"茶\u2028and\u0085tea"}\n\n',
  'id: 2\ndata: {"type":"tool","call":1}\n\n',
  'id: 3\ndata: {"type":"delta","text":"\\n\\n"}\n\n',
].join('');

async function read(pieces: Uint8Array[]): Promise<unknown[]> {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Uint8Array.from(piece));
      controller.close();
    },
  });
  const found: unknown[] = [];
  for await (const events of readEvents(new Response(body))) found.push(...events);
  return found;
}

describe('readEvents', () => {
  const bytes = new TextEncoder().encode(WIRE);
  const expected = [
    { seq: 1, event: { type: 'delta', text: '茶\u2028and\u0085tea' } },
    { seq: 3, event: { type: 'delta', text: '\n\n' } },
  ];

  it('reads the same events wherever the stream is cut', async () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(expected);
    }
  });

  it('reads the same events byte by byte', async () => {
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it('ends when nothing comes for too long', async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes) });
    const found: unknown[] = [];
    for await (const events of readEvents(new Response(body as BodyInit), 20)) found.push(...events);

    expect(found).toEqual(expected);
  });

  it('drops an event that was cut off', async () => {
    expect(await read([bytes.slice(0, -2)])).toEqual(expected.slice(0, 1));
  });
});
