import { ask, expect, signUp, test } from './support';

const PAYLOADS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)></svg>',
  '<iframe src="https://evil.example/"></iframe>',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1))',
  '[click](data:text/html,<script>alert(1)</script>)',
  '![pixel](https://evil.example/pixel.png)',
  '![pixel](javascript:alert(1))',
  '<a href="https://evil.example" onclick="alert(1)">x</a>',
  '<style>@import url(https://evil.example/a.css)</style>',
  '<form action="https://evil.example"><button>go</button></form>',
  '```html onmouseover=alert(1)\n<img src=x onerror=alert(1)>\n```',
  '| a |\n|---|\n| <img src=x onerror=alert(1)> |',
  '<math><mtext><img src=x onerror=alert(1)></mtext></math>',
  '[x]: https://evil.example/x.png\n\n![x]',
];

test('planted payloads stay text, in answers, own messages and titles', async ({ page, complaints }) => {
  await signUp(page, '<b onmouseover=alert(1)>x</b>');
  await page.goto('/');
  for (const payload of PAYLOADS) await ask(page, `echo: ${payload}`);
  await page.reload();
  await expect(page.getByRole('article', { name: '回答' })).toHaveCount(PAYLOADS.length);

  const planted = await page.evaluate(() => ({
    elements: document.querySelectorAll(
      'main script, main iframe, main img, main style, main form[action], main math',
    ).length,
    handlers: [...document.querySelectorAll('*')].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith('on')),
    ).length,
    links: [...document.querySelectorAll<HTMLAnchorElement>('main a')].filter(
      (link) => !/^https?:$/.test(link.protocol),
    ).length,
  }));
  expect(planted).toEqual({ elements: 0, handlers: 0, links: 0 });
  await expect(page.getByRole('link', { name: /图片在外部网站 evil\.example/ }).first()).toHaveAttribute(
    'rel',
    /noopener/,
  );
  expect(complaints).toEqual([]);
});
