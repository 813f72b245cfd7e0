import { mkdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, prefer, SHOTS, settle, shot, signUp, test } from './support';

const WORDS = {
  zh: {
    field: '搜索对话',
    results: '搜索结果',
    menu: '整理对话',
    archived: '已归档',
    several: '选择多个',
    open: '打开侧边栏',
    list: '对话',
  },
  en: {
    field: 'Search conversations',
    results: 'Search results',
    menu: 'Tidy conversations',
    archived: 'Archived',
    several: 'Select several',
    open: 'Open sidebar',
    list: 'Conversations',
  },
} as const;
const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };
const TALKS = [
  ['晨雾里的山间茶屋', '茶屋在半山腰，晨雾从谷里升起来，屋檐下挂着一盏灯。用 Python 可以画出雾的层次。'],
  ['夜班渡轮的六个镜头', '第一镜：雨夜，渡轮靠岸。第二镜：甲板上的灯晃着，船长走进茶屋躲雨。'],
  ['Film grain and sensitivity', 'Grain grows with sensitivity: a fast film sees in the dark, and shows it.'],
  ['给新茶馆起五个名字', '听雨、半盏、山间、留白、归云。每个名字都和茶屋的气氛有关。'],
  ['How a darkroom smells', 'Of fixer, mostly, and of wet paper in the dark.'],
] as const;

test.beforeAll(async ({ browser }) => {
  mkdirSync(SHOTS, { recursive: true });
  await (await newAdmin(browser, [])).context().close();
});

/** Bring in a conversation that was held elsewhere; returns its id. */
async function tell(page: Page, ...said: string[]): Promise<string> {
  const made = await page.request.post('/api/conversations', { data: {}, headers: SAME_ORIGIN });
  const { id } = (await made.json()) as { id: string };
  for (let first = 0; first < said.length; first += 100) {
    const messages = said
      .slice(first, first + 100)
      .map((content, index) => ({ role: index % 2 ? 'assistant' : 'user', content }));
    const path = `/api/conversations/${id}/messages/import`;
    expect((await page.request.post(path, { data: { messages }, headers: SAME_ORIGIN })).status()).toBe(201);
  }
  return id;
}

async function tellAll(page: Page): Promise<string[]> {
  const ids = [];
  for (const said of TALKS) ids.push(await tell(page, ...said));
  return ids;
}

/** Wait until the worker has made a word findable. */
async function findable(page: Page, word: string): Promise<void> {
  const found = async (): Promise<boolean> => {
    const answer = await page.request.get(`/api/search?q=${encodeURIComponent(word)}`);
    const { items } = (await answer.json()) as { items: { message_id: string | null }[] };
    return items.some((hit) => hit.message_id);
  };
  await expect.poll(found).toBe(true);
}

const rows = (page: Page) => page.getByRole('navigation', { name: '对话' }).getByRole('link');
const menuOf = async (page: Page, title: string): Promise<void> => {
  await page.getByRole('link', { name: title, exact: true }).click({ button: 'right' });
};

test('a word is looked for, found in a sentence, and leads to its message', async ({ page }) => {
  await signUp(page, '林月');
  const long = Array.from({ length: 260 }, (_, index) => `第 ${index} 段：雾从谷里升起来。`);
  long[3] = '就在这里，有一座旧天文台。';
  await tell(page, ...long);
  await tellAll(page);
  await findable(page, '天文台');
  await page.goto('/');
  const field = page.getByRole('searchbox', { name: '搜索对话' });

  await test.step('titles first, then messages, each hit marked', async () => {
    await field.fill('茶屋');
    const results = page.getByRole('region', { name: '搜索结果' });
    await expect(results.getByRole('region', { name: '标题' }).getByRole('link')).toHaveCount(1);
    await expect(results.getByRole('region', { name: '消息' }).getByRole('link')).toHaveCount(4);
    await expect(results.locator('mark')).toHaveText(['茶屋', '茶屋', '茶屋', '茶屋', '茶屋']);
  });

  await test.step('by the keyboard', async () => {
    await page.keyboard.press('ArrowDown');
    await expect(page.locator('[data-hit]').first()).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(page.locator('[data-hit]').nth(1)).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(field).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(field).toHaveValue('');
    await expect(rows(page)).toHaveCount(6);
  });

  await test.step('a message far up is loaded, shown and marked', async () => {
    await field.fill('天文台');
    await expect(page.locator('[data-hit]')).toHaveCount(1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const message = page.locator('[data-message]').filter({ hasText: '旧天文台' });
    await expect(message).toBeInViewport();
    await expect(message).toBeFocused();
    await expect(page.getByText('第 259 段')).not.toBeInViewport();
    await shot(page, 'find-message-zh-light-1440');
    await settle(page);
    await expect(message).toBeInViewport();
    await page.getByRole('button', { name: '回到最新' }).click();
    await expect(message).not.toBeInViewport();
    await page.locator('[data-hit]').click();
    await expect(message).toBeInViewport();
    await expect(message).toBeFocused();
  });

  await test.step('nothing, and operators, and a server that refuses', async () => {
    await field.fill('饕餮');
    await expect(page.getByText('没有找到“饕餮”')).toBeVisible();
    await field.fill("& | ! ' :*");
    await expect(page.getByText("没有找到“& | ! ' :*”")).toBeVisible();
    const json = { code: 'rate_limited', params: {}, request_id: 'x' };
    await page.route('**/api/search?*', (route) => route.fulfill({ status: 429, json }));
    await field.fill('渡轮');
    await expect(page.getByRole('alert')).toContainText('试得太频繁了', { timeout: 15_000 });
    await page.unroute('**/api/search?*');
    await page.getByRole('button', { name: '重试' }).click();
    await expect(page.locator('[data-hit]').first()).toBeVisible();
  });
});

test('pinned, archived and found again, taken out, several deleted', async ({ page }) => {
  await signUp(page, '林月');
  await tellAll(page);
  await findable(page, 'fixer');
  await page.goto('/');
  const pinned = page.getByRole('region', { name: '置顶' });

  await test.step('pin', async () => {
    await menuOf(page, TALKS[1][0]);
    await page.getByRole('menuitem', { name: '置顶' }).click();
    await expect(pinned.getByRole('link')).toHaveText([TALKS[1][0]]);
    await expect(rows(page).first()).toBeFocused();
    await page.reload();
    await expect(rows(page).first()).toHaveText(TALKS[1][0]);
  });

  await test.step('archive', async () => {
    await menuOf(page, TALKS[4][0]);
    await page.getByRole('menuitem', { name: '归档' }).click();
    await expect(rows(page)).toHaveCount(4);
    await page.getByRole('searchbox').fill('fixer');
    await expect(page.locator('[data-hit]')).toContainText('fixer');
    await page.getByRole('button', { name: '清空搜索' }).click();
    await page.getByRole('button', { name: '整理对话' }).click();
    await page.getByRole('menuitem', { name: '已归档' }).click();
    const archive = page.getByRole('navigation', { name: '已归档' });
    await expect(archive.getByRole('link')).toHaveText([TALKS[4][0]]);
    await menuOf(page, TALKS[4][0]);
    await page.getByRole('menuitem', { name: '移出归档' }).click();
    await expect(archive.getByText('没有归档的对话')).toBeVisible();
    await page.getByRole('button', { name: '返回对话列表' }).click();
    await expect(rows(page)).toHaveCount(5);
  });

  await test.step('delete several, by the keyboard', async () => {
    await menuOf(page, TALKS[0][0]);
    await page.getByRole('menuitem', { name: '选择多个' }).click();
    const box = (title: string) => page.getByRole('checkbox', { name: title });
    await expect(box(TALKS[0][0])).toBeFocused();
    await expect(box(TALKS[0][0])).toBeChecked();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    await expect(page.getByText('已选 2 个')).toBeVisible();
    await page.getByRole('button', { name: '删除', exact: true }).click();
    await expect(page.getByRole('alertdialog')).toContainText('这 2 个对话');
    await page.getByRole('button', { name: '删除 2 个对话' }).click();
    await expect(page.getByText('已删除 2 个对话')).toBeVisible();
    await expect(rows(page)).toHaveCount(3);
    await page.reload();
    await expect(rows(page)).toHaveCount(3);
  });

  await test.step('Escape leaves the choosing', async () => {
    await page.getByRole('button', { name: '整理对话' }).click();
    await page.getByRole('menuitem', { name: '选择多个' }).click();
    await expect(page.getByRole('checkbox').first()).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(rows(page)).toHaveCount(3);
  });
});

for (const theme of ['light', 'dark'] as const)
  for (const language of ['zh', 'en'] as const)
    test(`finding and ordering look right, ${language}, ${theme}`, async ({ page, context }) => {
      const words = WORDS[language];
      await prefer(context, { theme, language: language === 'zh' ? 'zh-CN' : 'en' });
      await signUp(page, '林月');
      const ids = await tellAll(page);
      for (const [index, place] of [
        [1, { pinned: true }],
        [4, { archived: true }],
        [3, { archived: true }],
      ] as const)
        await page.request.patch(`/api/conversations/${ids[index]}`, { data: place, headers: SAME_ORIGIN });
      await findable(page, 'fixer');

      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
        await page.goto(`/c/${ids[0]}`);
        const look = async (name: string): Promise<void> => {
          await settle(page);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, `${name} ${width}`).toBeLessThanOrEqual(0);
          expect(await axeFindings(page), `${name} ${width}`).toEqual([]);
          await shot(page, `find-${name}-${language}-${theme}-${width}`);
        };
        if (width === 390) await page.getByRole('button', { name: words.open }).click();
        await expect(page.getByRole('navigation', { name: words.list }).getByRole('link')).toHaveCount(3);
        await look('list');

        await page.getByRole('searchbox').fill(language === 'zh' ? '茶屋' : 'dark');
        await expect(page.locator('[data-hit]').nth(2)).toBeVisible();
        await look('results');
        await page.getByRole('searchbox').fill('quetzalcoatl');
        await expect(page.getByRole('region', { name: words.results })).toContainText('“quetzalcoatl”');
        await look('nothing');
        await page.getByRole('searchbox').fill('');

        await page.getByRole('button', { name: words.menu }).click();
        await look('menu');
        await page.getByRole('menuitem', { name: words.archived }).click();
        await expect(page.getByRole('navigation', { name: words.archived }).getByRole('link')).toHaveCount(2);
        await look('archive');
        await page.getByRole('button', { name: words.menu }).click();
        await page.getByRole('menuitem', { name: words.several }).click();
        await page.getByRole('checkbox').nth(1).check();
        await look('select');
      }
    });
