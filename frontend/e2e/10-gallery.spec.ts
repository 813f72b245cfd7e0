import { mkdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, prefer, SHOTS, settle, shot, signUp, test } from './support';

const FRAME = 'demo/nano-banana-2';
const REEL = 'demo/kling-3.0/video';
const PROMPTS = ['晨雾里的山间茶屋', '雨夜的渡轮', '陶杯，窗边的光', '灯笼漂过河面'];
const RATIOS = ['16:9', '3:4', '1:1', '9:16'];

const sheet = (page: Page) => page.getByRole('list', { name: /^(作品|Works)$/ });
const tiles = (page: Page) => sheet(page).getByRole('button', { name: /^(图片|视频|Picture|Clip)：?/ });

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  mkdirSync(SHOTS, { recursive: true });
  await (await newAdmin(browser, [])).context().close();
});

/** Begin a task through the API; returns its conversation. */
async function begin(page: Page, prompt: string, options: object, model = FRAME): Promise<string> {
  const headers = { 'Sec-Fetch-Site': 'same-origin' };
  const made = await page.request.post('/api/conversations', { data: { title: prompt }, headers });
  const { id } = (await made.json()) as { id: string };
  const data = { conversation_id: id, model_id: model, prompt, options };
  expect((await page.request.post('/api/tasks', { data, headers })).status()).toBe(202);
  return id;
}

/** Let somebody make pictures and a clip, and wait until all hang in the gallery. */
async function fill(page: Page, count = PROMPTS.length): Promise<string[]> {
  const conversations: string[] = [];
  for (const [index, prompt] of PROMPTS.slice(0, count).entries())
    conversations.push(await begin(page, prompt, { aspect_ratio: RATIOS[index] }));
  conversations.push(await begin(page, '推近，雾向左移', { seconds: 3 }, REEL));
  await page.goto('/gallery');
  await expect(tiles(page)).toHaveCount(count + 1, { timeout: 90_000 });
  return conversations;
}

test('nothing was made yet: the gallery says so and leads to the composer', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('link', { name: '作品', exact: true }).click();
  await expect(page.getByRole('heading', { name: '作品' })).toBeVisible();
  await expect(page.getByText('还没有作品')).toBeVisible();
  await settle(page);
  await shot(page, 'gallery-empty');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: '去做第一张' }).click();
  await expect(page.getByRole('textbox', { name: '消息' })).toBeVisible();
});

test('works are seen, filtered, enlarged, led back from, used again and deleted', async ({ page }) => {
  test.setTimeout(180_000);
  await signUp(page, '林月');
  const [first] = await fill(page, 3);

  await test.step('by kind, and by model', async () => {
    await page.getByRole('radio', { name: '视频' }).check();
    await expect(tiles(page)).toHaveCount(1);
    await page.getByRole('radio', { name: '图片' }).check();
    await expect(tiles(page)).toHaveCount(3);
    await page.getByRole('combobox', { name: '模型' }).selectOption({ label: 'Demo Canvas' });
    await expect(page.getByText('没有符合条件的作品')).toBeVisible();
    await page.getByRole('button', { name: '显示全部' }).click();
    await expect(tiles(page)).toHaveCount(4);
  });

  await test.step('by the arrow keys, and enlarged', async () => {
    await tiles(page).first().focus();
    await page.keyboard.press('End');
    await expect(tiles(page).last()).toBeFocused();
    await page.keyboard.press('ArrowLeft');
    await expect(tiles(page).nth(2)).toBeFocused();
    await page.keyboard.press('Enter');
    const preview = page.getByRole('dialog');
    await expect(preview.getByText('3 / 4')).toBeVisible();
    await page.keyboard.press('ArrowRight');
    await expect(preview.getByText('4 / 4')).toBeVisible();
    await preview.getByRole('button', { name: '怎么做的' }).click();
    await expect(preview.getByText('晨雾里的山间茶屋')).toBeVisible();
    await expect(preview.getByText('16:9')).toBeVisible();
    await settle(page);
    await shot(page, 'gallery-preview');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(tiles(page).nth(2)).toBeFocused();
  });

  await test.step('back to its message', async () => {
    await tiles(page).last().hover();
    await sheet(page).getByRole('button', { name: '更多操作' }).last().click();
    await settle(page);
    await shot(page, 'gallery-menu');
    await page.getByRole('menuitem', { name: '回到对话' }).click();
    await expect(page).toHaveURL(new RegExp(`/c/${first}\\?message=`));
    await expect(page.getByRole('button', { name: '放大第 1 张' })).toBeInViewport();
  });

  await test.step('once more, with its settings; what is being written elsewhere stays', async () => {
    await page.goto('/');
    await page.getByRole('textbox', { name: '消息' }).fill('还没写完的话');
    await page.getByRole('link', { name: '作品', exact: true }).click();
    await tiles(page).last().hover();
    await sheet(page).getByRole('button', { name: '更多操作' }).last().click();
    await page.getByRole('menuitem', { name: '再用这组设置' }).click();
    await expect(page.getByRole('textbox', { name: '消息' })).toHaveValue('晨雾里的山间茶屋');
    await expect(page.getByRole('radio', { name: '图像', exact: true })).toBeChecked();
    await expect(page.getByRole('button', { name: /16:9/ })).toBeVisible();
    await page.goto('/');
    await expect(page.getByRole('textbox', { name: '消息' })).toHaveValue('还没写完的话');
  });

  await test.step('deleted, after a question', async () => {
    await page.goto('/gallery');
    await tiles(page).first().focus();
    await page.keyboard.press('Delete');
    await page.getByRole('alertdialog').getByRole('button', { name: '取消' }).click();
    await page.keyboard.press('Delete');
    await page.getByRole('alertdialog').getByRole('button', { name: '删除' }).click();
    await expect(tiles(page)).toHaveCount(3);
    await expect(tiles(page).first()).toBeFocused();
  });

  await test.step('a deleted conversation leaves its works', async () => {
    const headers = { 'Sec-Fetch-Site': 'same-origin' };
    expect((await page.request.delete(`/api/conversations/${first}`, { headers })).status()).toBe(200);
    await page.reload();
    await expect(tiles(page)).toHaveCount(3);
    await tiles(page).last().hover();
    await sheet(page).getByRole('button', { name: '更多操作' }).last().click();
    await expect(page.getByRole('menuitem', { name: '对话已删除' })).toBeDisabled();
  });
});

test('a picture that is done hangs there by itself, and nothing moves while more are loaded', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await signUp(page, '林月');
  await page.goto('/gallery');
  await expect(page.getByText('还没有作品')).toBeVisible();
  await begin(page, PROMPTS[0] ?? '', {});
  await expect(tiles(page)).toHaveCount(1, { timeout: 60_000 });

  const listed = await (await page.request.get('/api/assets?made=true')).json();
  const [work] = (listed as { items: object[] }).items;
  await page.route('**/api/assets?**', async (route) => {
    const start = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const items = Array.from({ length: 60 }, (_, index) => ({
      ...work,
      id: crypto.randomUUID(),
      number: start + index,
    }));
    await route.fulfill({ json: { items, next_cursor: start < 180 ? String(start + 60) : null } });
  });
  await page.evaluate(() => {
    const seen = window as unknown as { shift: number };
    seen.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: false });
  });
  await page.route('**/api/assets/*/thumbnail', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('radio', { name: '图片' }).check();
  await expect(tiles(page)).toHaveCount(60);
  for (const count of [120, 180, 240]) {
    await tiles(page).last().scrollIntoViewIfNeeded();
    await expect(tiles(page)).toHaveCount(count);
  }
  expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThan(0.01);
});

test('a work far up in a long conversation is found again', async ({ page }) => {
  test.setTimeout(120_000);
  await signUp(page, '林月');
  const id = await begin(page, PROMPTS[0] ?? '', {});
  await page.goto('/gallery');
  await expect(tiles(page)).toHaveCount(1, { timeout: 60_000 });
  for (let part = 0; part < 2; part++) {
    const messages = Array.from({ length: 80 }, (_, index) => ({
      role: index % 2 ? 'assistant' : 'user',
      content: `${part}.${index} 雾里的茶`,
    }));
    const headers = { 'Sec-Fetch-Site': 'same-origin' };
    const path = `/api/conversations/${id}/messages/import`;
    expect((await page.request.post(path, { data: { messages }, headers })).status()).toBe(201);
  }
  await tiles(page).first().click();
  await page.getByRole('dialog').getByRole('button', { name: '回到对话' }).click();
  await expect(page).toHaveURL(new RegExp(`/c/${id}\\?message=`));
  await expect(page.getByRole('button', { name: '放大第 1 张' })).toBeInViewport({ timeout: 20_000 });
  await settle(page);
  await expect(page.getByRole('button', { name: '放大第 1 张' })).toBeInViewport();
});

const LOOKS = ['light', 'dark'].flatMap((theme) => ['zh-CN', 'en'].map((language) => ({ theme, language })));

for (const { theme, language } of LOOKS) {
  const suffix = `${language === 'en' ? 'en' : 'zh'}-${theme}`;
  test(`the gallery holds in ${suffix}`, async ({ page, context }) => {
    test.setTimeout(150_000);
    await prefer(context, { theme, language });
    await signUp(page, language === 'en' ? 'Lin Yue' : '林月');
    await fill(page);
    await page.mouse.move(0, 0);
    for (const width of [390, 820, 1440]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
      await settle(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await shot(page, `gallery-${suffix}-${width}`);
      expect(await axeFindings(page)).toEqual([]);
    }
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    await settle(page);
    await shot(page, `shortcuts-${suffix}`);
    expect(await axeFindings(page)).toEqual([]);
  });
}
