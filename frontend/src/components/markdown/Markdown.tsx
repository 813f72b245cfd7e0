import type { Token } from 'marked';
import { useRef } from 'react';
import { EMPTY_DOCUMENT, growDocument } from '@/utils/markdown/growDocument';
import { Part } from './Part';

/** How many blocks stand in one part. */
const PART_BLOCKS = 8;

/**
 * Text of a model, as Markdown. Every element is made by React from parsed tokens: there is no way from the text
 * to HTML. While the text grows, only its open block is read and drawn again.
 */
export function Markdown({ text }: { text: string }) {
  const document = useRef(EMPTY_DOCUMENT);
  // What is kept here only saves work: the same text makes the same document from any other.
  document.current = growDocument(document.current, text);
  const blocks = document.current.tokens.filter((token) => token.type !== 'space' && token.type !== 'def');
  return <div className="prose">{parts(blocks)}</div>;
}

function parts(blocks: Token[]) {
  const starts = Array.from(
    { length: Math.ceil(blocks.length / PART_BLOCKS) },
    (_, index) => index * PART_BLOCKS,
  );
  return starts.map((start) => {
    const end = start + PART_BLOCKS;
    return <Part key={start} blocks={blocks.slice(start, end)} isFull={end < blocks.length} />;
  });
}
