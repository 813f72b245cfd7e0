import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { ask, axeFindings, expect, newPerson, prefer, settle, shot, signUp, test, watch } from './support';

const LOOKS = ['light', 'dark'].flatMap((theme) => ['zh-CN', 'en'].map((language) => ({ theme, language })));
const PAYLOADS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)></svg>',
  '<iframe src="https://evil.example/"></iframe>',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1))',
  '[click](data:text/html,<script>alert(1)</script>)',
  '[click](https://evil.example/"onmouseover=alert(1))',
  '![pixel](https://evil.example/pixel.png)',
  '![pixel](javascript:alert(1))',
  '![own](/api/assets/01890000-0000-7000-8000-000000000000/content)',
  '<a href="https://evil.example" onclick="alert(1)">x</a>',
  '<style>@import url(https://evil.example/a.css)</style>',
  '<form action="https://evil.example"><button>go</button></form>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<link rel="stylesheet" href="https://evil.example/a.css">',
  '```html onmouseover=alert(1)\n<img src=x onerror=alert(1)>\n```',
  '| a |\n|---|\n| <img src=x onerror=alert(1)> |',
  '<math><mtext><img src=x onerror=alert(1)></mtext></math>',
  '[x]: https://evil.example/x.png\n\n![x]',
  '</style></title></textarea><script>alert(1)</script>',
];
const TITLE = '"></title><script>alert(1)</script>';
const SAME_SITE = { 'Sec-Fetch-Site': 'same-origin' };

/** Make a conversation of given messages; returns its id. */
async function bringIn(page: Page, title: string, messages: object[]): Promise<string> {
  const made = await page.request.post('/api/conversations', { data: { title }, headers: SAME_SITE });
  const { id } = (await made.json()) as { id: string };
  const brought = await page.request.post(`/api/conversations/${id}/messages/import`, {
    data: { messages },
    headers: SAME_SITE,
  });
  expect(brought.status()).toBe(201);
  return id;
}

/** Share a conversation through the API; returns the path of its page. */
async function share(page: Page, conversation: string): Promise<string> {
  const made = await page.request.post(`/api/conversations/${conversation}/shares`, {
    data: { lifetime: 'week' },
    headers: SAME_SITE,
  });
  expect(made.status()).toBe(201);
  return ((await made.json()) as { path: string }).path;
}

/** Save an exported file where a browser can open it; returns its path. */
function save(file: string | Buffer): string {
  const path = join(mkdtempSync(join(tmpdir(), 'latent-export-')), 'export.html');
  writeFileSync(path, file);
  return path;
}

/** A reader without an account. */
async function stranger(browser: Browser, complaints: string[], settings = {}): Promise<Page> {
  const context = await browser.newContext();
  await prefer(context, settings);
  const page = await context.newPage();
  watch(page, complaints);
  return page;
}

/** Let a picture be made, and wait for it. */
async function makePicture(page: Page, prompt: string): Promise<string> {
  const made = await page.request.post('/api/conversations', { data: {}, headers: SAME_SITE });
  const { id } = (await made.json()) as { id: string };
  const task = await page.request.post('/api/tasks', {
    data: { model_id: 'demo/nano-banana-2', prompt, conversation_id: id },
    headers: SAME_SITE,
  });
  expect(task.status()).toBe(202);
  const { task: begun } = (await task.json()) as { task: { id: string } };
  await expect
    .poll(
      async () => {
        const found = await page.request.get(`/api/tasks/${begun.id}`, { headers: { Prefer: 'wait=15' } });
        return ((await found.json()) as { state: string }).state;
      },
      { timeout: 45_000 },
    )
    .toBe('completed');
  return id;
}

test('a conversation is shared, read by a stranger, and revoked', async ({ page, browser, complaints }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '清晨的茶馆，适合喝什么茶？');
  await page.getByRole('button', { name: '对话操作' }).click();
  await page.getByRole('menuitem', { name: '分享…' }).click();
  const dialog = page.getByRole('dialog', { name: '分享对话' });
  await dialog.getByRole('radio', { name: '7 天' }).click();
  await dialog.getByRole('button', { name: '生成链接' }).click();
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  await dialog.getByRole('button', { name: '复制链接' }).click();
  await expect(dialog.getByRole('button', { name: '已复制' })).toBeVisible();
  const shares = (await (await page.request.get('/api/me/shares')).json()) as { items: { path: string }[] };
  const path = shares.items[0]?.path ?? '';
  await page.keyboard.press('Escape');
  await ask(page, '之后才问的问题');

  const reader = await newPerson(browser, complaints);
  await reader.goto(path);
  await expect(reader.getByRole('heading', { level: 1 })).toHaveText('清晨的茶馆，适合喝什么茶？');
  await expect(reader.getByRole('article')).toHaveCount(2);
  await expect(reader.getByText('之后才问的问题')).toHaveCount(0);
  await expect(reader.getByRole('textbox')).toHaveCount(0);
  await expect(reader.getByRole('link', { name: /Latent 显影室/ })).toBeVisible();

  await page.getByRole('button', { name: '设置', exact: true }).click();
  await page.getByRole('tab', { name: '分享' }).click();
  const listed = page.getByRole('list', { name: '我的分享' });
  await expect(listed.getByRole('listitem')).toHaveCount(1);
  await listed.getByRole('button', { name: '撤销' }).click();
  await expect(listed.getByRole('listitem')).toHaveCount(0);
  await expect(page.getByText('你还没有分享过对话。')).toBeVisible();

  await reader.reload();
  await expect(reader.getByRole('heading', { name: '这个链接看不到内容了' })).toBeVisible();
  expect(await axeFindings(reader)).toEqual([]);
});

test('planted payloads stay text on a shared page and in an exported file', async ({
  page,
  browser,
  complaints,
}) => {
  await signUp(page, 'Lin');
  const messages = PAYLOADS.flatMap((content) => [
    { role: 'user', content },
    { role: 'assistant', content, model_id: '<img src=x onerror=alert(1)>' },
  ]);
  const conversation = await bringIn(page, TITLE, messages);
  const reader = await stranger(browser, complaints);
  await reader.goto(await share(page, conversation));
  await expect(reader.getByRole('article')).toHaveCount(messages.length);
  await expect(reader.getByRole('heading', { level: 1 })).toHaveText(TITLE);
  expect(await plantedIn(reader)).toEqual({ elements: 0, handlers: 0, links: 0 });

  const file = await page.request.get(`/api/conversations/${conversation}/export?format=html`);
  const path = save(await file.body());
  // The policy says what it stops: nothing may even have been tried.
  await reader.goto(`file://${path}`);
  await expect(reader.getByRole('article')).toHaveCount(messages.length);
  await expect(reader).toHaveTitle(TITLE);
  expect(await plantedIn(reader)).toEqual({ elements: 0, handlers: 0, links: 0 });
  expect(await reader.evaluate(() => getComputedStyle(document.body).maxWidth)).toBe('744px');
  expect(complaints).toEqual([]);
});

test('in an exported file the policy alone holds', async ({ page, browser, complaints }) => {
  await signUp(page, 'Lin');
  const conversation = await bringIn(page, 'Plain', [{ role: 'user', content: 'HERE' }]);
  const file = await (await page.request.get(`/api/conversations/${conversation}/export?format=html`)).text();
  const planted = `<script>alert(1)</script><img src=x onerror=alert(1)><img src="https://evil.example/x.png">
    <iframe src="https://evil.example"></iframe><style>@import url(https://evil.example/a.css);</style>
    <link rel="stylesheet" href="https://evil.example/b.css"><svg onload=alert(1)></svg>`;
  const path = save(file.replace('HERE', planted));

  const reader = await (await browser.newContext()).newPage();
  const dialogs: string[] = [];
  const answered: string[] = [];
  reader.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await reader.route('https://evil.example/**', async (route) => {
    answered.push(route.request().url());
    await route.abort();
  });
  await reader.goto(`file://${path}`);
  await expect(reader.getByRole('article')).toHaveCount(1);
  await settle(reader);
  expect({ dialogs, answered }).toEqual({ dialogs: [], answered: [] });
  expect(complaints).toEqual([]);
});

test('on a telephone the title is changed from the same menu', async ({ page }) => {
  await signUp(page, '林月');
  const conversation = await bringIn(page, '旧标题', [{ role: 'user', content: '你好' }]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/c/${conversation}`);
  await page.getByRole('button', { name: '对话操作' }).click();
  await page.getByRole('menuitem', { name: '重命名' }).click();
  const field = page.getByRole('textbox', { name: '对话标题' });
  await expect(field).toBeFocused();
  await field.fill('新标题');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: '新标题' })).toBeVisible();
});

test('a conversation is exported in three forms', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '清晨的茶馆，适合喝什么茶？');
  await page.getByRole('button', { name: '对话操作' }).click();
  await page.getByRole('menuitem', { name: '导出…' }).click();
  const dialog = page.getByRole('dialog', { name: '导出对话' });
  for (const [name, ending, word] of [
    [/^Markdown/, 'md', '**你**'],
    [/^网页/, 'html', '<!doctype html>'],
    [/^JSON/, 'json', 'latent.conversation'],
  ] as const) {
    const saving = page.waitForEvent('download');
    await dialog.getByRole('link', { name }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe(`清晨的茶馆，适合喝什么茶？.${ending}`);
    expect(readFileSync(await saved.path(), 'utf8')).toContain(word);
  }
});

for (const { theme, language } of LOOKS) {
  const isChinese = language === 'zh-CN';
  const suffix = `${isChinese ? 'zh' : 'en'}-${theme}`;

  test(`sharing looks right in ${suffix}`, async ({ page, context, browser, complaints }) => {
    await prefer(context, { theme, language, sidebarOpen: true });
    await signUp(page, isChinese ? '林月' : 'Lin Yue');
    const picture = await makePicture(
      page,
      isChinese ? '晨雾里的茶馆，胶片质感' : 'A tea house in morning mist',
    );
    await page.goto(`/c/${picture}`);
    await expect(page.getByRole('article')).toHaveCount(2);
    await ask(page, isChinese ? '画个表格，写段代码，列个清单' : 'A table, some code and a list, please');
    const path = await share(page, picture);

    await page.getByRole('button', { name: /^(对话操作|Conversation actions)$/ }).click();
    await page.getByRole('menuitem', { name: /^(导出…|Export…)$/ }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await look(page, `export-dialog-${suffix}`);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: /^(对话操作|Conversation actions)$/ })).toBeFocused();
    await page.getByRole('button', { name: /^(对话操作|Conversation actions)$/ }).click();
    await page.getByRole('menuitem', { name: /^(分享…|Share…)$/ }).click();
    await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(1);
    await look(page, `share-dialog-${suffix}`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^(设置|Settings)$/ }).click();
    await page.getByRole('tab', { name: /^(分享|Shared)$/ }).click();
    await expect(page.getByRole('tabpanel').getByRole('listitem')).toHaveCount(1);
    await look(page, `share-settings-${suffix}`);

    const reader = await stranger(browser, complaints, { theme, language });
    await reader.goto(path);
    await expect(reader.getByRole('article')).toHaveCount(4);
    await loaded(reader);
    await look(reader, `shared-${suffix}`);
    await reader.getByRole('contentinfo').scrollIntoViewIfNeeded();
    await expect(reader.locator('pre .tone-keyword').first()).toBeVisible();
    await settle(reader);
    await shot(reader, `shared-end-${suffix}-390`);

    const file = await page.request.get(
      `/api/conversations/${picture}/export?format=html&language=${language}`,
    );
    const saved = await stranger(browser, complaints);
    await saved.emulateMedia({ colorScheme: theme === 'dark' ? 'dark' : 'light' });
    await saved.goto(`file://${save(await file.body())}`);
    await expect(saved.getByRole('article')).toHaveCount(4);
    await saved.setViewportSize({ width: 390, height: 844 });
    expect(await saved.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await shot(saved, `exported-${suffix}-390`);
    await saved.setViewportSize({ width: 1440, height: 1000 });
    await shot(saved, `exported-${suffix}-1440`);
  });
}

/** Wait until the pictures in view are there. */
async function loaded(page: Page): Promise<void> {
  await expect(page.locator('main img').first()).toHaveJSProperty('complete', true);
  expect(
    await page
      .locator('main img')
      .first()
      .evaluate((image: HTMLImageElement) => image.naturalWidth),
  ).toBeGreaterThan(0);
}

/** See a page as it is on a desk and on a telephone. */
async function look(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [1440, 1000],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await settle(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await axeFindings(page)).toEqual([]);
    await shot(page, `${name}-${width}`);
  }
  if (!name.startsWith('shared-')) await page.setViewportSize({ width: 1440, height: 1000 });
}

async function plantedIn(page: Page): Promise<object> {
  return page.evaluate(() => ({
    elements: document.querySelectorAll(
      'main script, main iframe, main img, main style, main form, main math, main meta, main link, main svg:not([class])',
    ).length,
    handlers: [...document.querySelectorAll('*')].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith('on')),
    ).length,
    links: [...document.querySelectorAll<HTMLAnchorElement>('main a')].filter(
      (link) => !/^https?:$/.test(link.protocol) || link.rel !== 'noopener noreferrer nofollow',
    ).length,
  }));
}
