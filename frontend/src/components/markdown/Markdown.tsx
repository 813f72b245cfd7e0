import { lexer, type Token } from 'marked';
import { memo, useMemo } from 'react';
import { Blocks } from './Blocks';

/**
 * Text of a model, as Markdown. Every element is made by React from parsed tokens: there is no way from the text
 * to HTML. Blocks whose source did not change are not drawn again, so a growing text redraws only its end.
 */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => lexer(text, { gfm: true }).filter((token) => token.type !== 'space'), [text]);
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is known by its place; text only grows at the end
        <Block key={index} token={block} />
      ))}
    </div>
  );
}

const Block = memo(
  ({ token }: { token: Token }) => <Blocks tokens={[token]} />,
  (before, after) => before.token.raw === after.token.raw && before.token.type === after.token.type,
);
