import type { Token, Tokens } from 'marked';
import { Fragment, type ReactNode } from 'react';
import type { FootnoteToken } from '@/utils/markdown/footnotes';
import type { MathsToken } from '@/utils/markdown/maths';
import { isClosedCode } from '@/utils/markdown/resumeCode';
import { CodeBlock } from './CodeBlock';
import { Formula } from './Formula';
import { Checkbox, Inline } from './Inline';
import { Runs } from './Runs';
import { Table } from './Table';

const ITEMS_AT_ONCE = 32;
const HEADINGS = ['h2', 'h3', 'h4'] as const;

/** Blocks of Markdown: paragraphs, lists, tables, quotes, code. HTML is shown as the text that it is. */
export function Blocks({ tokens }: { tokens: Token[] }) {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <Fragment key={index}>
      <Block token={token} />
    </Fragment>
  ));
}

/** One block, by its kind. */
export function Block({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case 'heading':
      return <Heading heading={token as Tokens.Heading} />;
    case 'paragraph':
      return (
        <p>
          <Inline tokens={(token as Tokens.Paragraph).tokens} />
        </p>
      );
    case 'text': // in an item of a list, where it is no paragraph
      return <Inline tokens={(token as Tokens.Text).tokens ?? []} />;
    case 'code': {
      const code = token as Tokens.Code;
      return (
        <CodeBlock code={withoutMark(code.text)} language={code.lang ?? ''} closed={isClosedCode(code)} />
      );
    }
    case 'blockquote':
      return (
        <blockquote>
          <Runs items={(token as Tokens.Blockquote).tokens} size={1} draw={drawBlock} />
        </blockquote>
      );
    case 'list':
      return <List list={token as Tokens.List} />;
    case 'table':
      return <Table table={token as Tokens.Table} />;
    case 'hr':
      return <hr />;
    case 'html':
      return <p className="whitespace-pre-wrap">{token.raw.trimEnd()}</p>;
    case 'checkbox':
      return <Checkbox token={token as Tokens.Checkbox} />;
    case 'mathsBlock':
      return <Formula formula={token as MathsToken} />;
    case 'footnote':
      return <Footnote note={token as FootnoteToken} />;
    default:
      return null;
  }
}

function drawBlock(token: Token): ReactNode {
  return <Block token={token} />;
}

/** The lexer marks a last line that is empty with one more line break. */
function withoutMark(code: string): string {
  return code.endsWith('\n') ? code.slice(0, -1) : code;
}

/** The page's own heading is the first; those of an answer begin with the second. */
function Heading({ heading }: { heading: Tokens.Heading }) {
  const Level = HEADINGS[Math.min(heading.depth, HEADINGS.length) - 1] ?? 'h4';
  return (
    <Level>
      <Inline tokens={heading.tokens} />
    </Level>
  );
}

function List({ list }: { list: Tokens.List }) {
  const items = <Runs items={list.items} size={ITEMS_AT_ONCE} draw={drawItem} />;
  return list.ordered ? <ol start={Number(list.start)}>{items}</ol> : <ul>{items}</ul>;
}

function drawItem(item: Tokens.ListItem): ReactNode {
  return (
    <li className={item.task ? 'task' : undefined}>
      <Blocks tokens={item.tokens} />
    </li>
  );
}

function Footnote({ note }: { note: FootnoteToken }) {
  return (
    <p className="footnote">
      <sup>{note.label}</sup>
      <span>
        <Inline tokens={note.tokens ?? []} />
      </span>
    </p>
  );
}
