import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { Markdown } from './Markdown';

const TEXT = [
  '# Title & more',
  'A *quiet* **line** with `x < y` and [a link](https://example.org/?a=1&b=2).',
  '1. one\n2. two\n   - inner\n\n   still two',
  '| a | b |\n|---|--:|\n| 1 | <b>2</b> |',
  '```py\nprint("<hi>")\n```',
  '> quoted\n> text',
  '- [x] done\n- [ ] open',
  'Last <script>alert(1)</script> line',
].join('\n\n');

function html(text: string): string {
  return render(<Markdown text={text} />).container.innerHTML;
}

describe('Markdown', () => {
  it('renders a growing text as it renders the whole', () => {
    const { container, rerender } = render(<Markdown text="" />);
    for (let end = 1; end <= TEXT.length; end++) rerender(<Markdown text={TEXT.slice(0, end)} />);

    expect(container.innerHTML).toBe(html(TEXT));
  });

  it('draws tables, code, lists and emphasis', () => {
    const { container } = render(<Markdown text={TEXT} />);

    expect(container.querySelectorAll('table td')).toHaveLength(2);
    expect(container.querySelector('pre')?.textContent).toBe('print("<hi>")');
    expect(container.querySelectorAll('ol > li')).toHaveLength(2);
    expect(container.querySelectorAll('input[type=checkbox]')).toHaveLength(2);
    expect(container.querySelector('p code')?.textContent).toBe('x < y');
    expect(container.querySelector('h2')?.textContent).toBe('Title & more');
  });

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['an image with a handler', '<img src=x onerror=alert(1)>'],
    ['a javascript link', '[x](javascript:alert(1))'],
    ['a data link', '[x](data:text/html,hello)'],
    ['a protocol-relative link', '[x](//evil.example)'],
    ['a foreign picture', '![x](https://evil.example/x.png)'],
  ])('turns %s into text or a plain link', (_, source) => {
    const { container } = render(<Markdown text={source} />);

    expect(container.querySelector('script, img, iframe')).toBeNull();
    for (const link of container.querySelectorAll('a')) {
      expect(link.protocol).toBe('https:');
      expect(link.rel).toContain('noopener');
    }
  });
});
