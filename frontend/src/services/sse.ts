import type { ChatEvent } from '@/types';

export interface NumberedEvent {
  seq: number;
  event: ChatEvent;
}

const SILENCE_MS = 40_000;
const KNOWN = new Set(['started', 'snapshot', 'delta', 'reasoning', 'usage', 'credits', 'error', 'end']);

/** Splits text of a stream, cut anywhere, into events. Only LF ends a line here: our server writes no other. */
export class EventSplitter {
  private rest = '';

  push(text: string): NumberedEvent[] {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.map(parseBlock).filter((event) => event !== null);
  }
}

function parseBlock(block: string): NumberedEvent | null {
  let seq = 0;
  let data = '';
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) seq = Number(line.slice(4));
    else if (line.startsWith('data: ')) data += line.slice(6);
  }
  if (!data) return null;
  const event = JSON.parse(data) as ChatEvent;
  return KNOWN.has(event.type) ? { seq, event } : null;
}

/** Tell whether this browser hands over a response while it arrives. */
export function canReadStreams(): boolean {
  return Boolean(new Response(' ').body);
}

/**
 * Read a stream's events as they come; ends when the connection does, or when it has been silent for so long that it
 * must be dead: the server says something every 15 s, but a laptop that slept may never hear that its connection broke.
 */
export async function* readEvents(
  response: Response,
  silenceMs = SILENCE_MS,
): AsyncGenerator<NumberedEvent[]> {
  if (!response.body) {
    yield new EventSplitter().push(await response.text()); // all at once, when it has ended
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const splitter = new EventSplitter();
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  let silence = setTimeout(giveUp, silenceMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(silence);
      silence = setTimeout(giveUp, silenceMs);
      if (done) return;
      const events = splitter.push(decoder.decode(value, { stream: true }));
      if (events.length) yield events;
    }
  } finally {
    clearTimeout(silence);
    await reader.cancel().catch(() => undefined);
  }
}
