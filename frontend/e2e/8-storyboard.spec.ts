import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, settle, shot, signUp, test } from './support';

const answers = (page: Page) => page.getByRole('article', { name: '回答' });
const meter = (page: Page) => page.getByRole('button', { name: /^积分：/ });
const board = (page: Page) => page.getByRole('region', { name: '分镜脚本' });
const words = (page: Page, number: number) =>
  board(page).getByRole('textbox', { name: `镜头 ${number} 的描述` });
const shots = (page: Page) =>
  answers(page).last().getByRole('list', { name: '各个镜头' }).getByRole('listitem');
const order = (prompt: string, faults: Record<string, unknown>) =>
  `${prompt}\nX-Sandbox: ${JSON.stringify(faults)}`;

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

async function open(page: Page): Promise<void> {
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('radio', { name: '视频', exact: true }).click();
  await page.getByRole('button', { name: '分镜' }).click();
  await expect(words(page, 1)).toBeVisible();
}

const FILM = ['雨夜，渡轮靠岸', '甲板上的灯', '船长收伞', '河面的倒影', '汽笛', '天亮'];

async function write(page: Page, lines: string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    if (index >= 2) await board(page).getByRole('button', { name: '加镜头' }).click();
    await words(page, index + 1).fill(line);
  }
}

test('a film is written shot by shot: sums follow, keys and pointer move shots, and a reload keeps them', async ({
  page,
}) => {
  await open(page);
  await write(page, FILM.slice(0, 3));
  await expect(board(page)).toContainText('3 个镜头 · 15 秒 · 120 积分');
  await board(page).getByRole('combobox', { name: '镜头 2 的时长' }).selectOption('3');
  await expect(board(page)).toContainText('13 秒 · 104 积分');
  await shot(page, 'board-editor');
  expect(await axeFindings(page)).toEqual([]);

  await board(page).getByRole('button', { name: '移动镜头 3' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(words(page, 2)).toHaveValue(FILM[2] ?? '');
  await expect(board(page).getByRole('button', { name: '移动镜头 2' })).toBeFocused();

  const handle = await board(page).getByRole('button', { name: '移动镜头 1' }).boundingBox();
  const last = await board(page).getByRole('listitem', { name: '镜头 3' }).boundingBox();
  if (!handle || !last) throw new Error('The strip is not there.');
  await page.mouse.move(handle.x + 10, handle.y + 10);
  await page.mouse.down();
  await page.mouse.move(last.x + last.width / 2 + 20, handle.y + 10, { steps: 8 });
  await shot(page, 'board-dragging');
  await page.mouse.up();
  await expect(words(page, 3)).toHaveValue(FILM[0] ?? '');
  await expect(words(page, 1)).toHaveValue(FILM[2] ?? '');

  await page.reload();
  await expect(words(page, 3)).toHaveValue(FILM[0] ?? '');
  await board(page).getByRole('button', { name: '删除镜头 3' }).click();
  await expect(board(page)).toContainText('2 个镜头 · 8 秒 · 64 积分');
});

test('each shot develops for itself; a failed one is made again alone, and the order costs nothing', async ({
  page,
}) => {
  test.setTimeout(240_000);
  await open(page);
  await write(page, [
    order(FILM[0] ?? '', { video_s: 4 }),
    order(FILM[1] ?? '', { video_s: 1, fail_msg: 'no' }),
    order(FILM[2] ?? '', { video_s: 2 }),
  ]);
  for (const [index, seconds] of ['6', '3', '7'].entries())
    await board(page)
      .getByRole('combobox', { name: `镜头 ${index + 1} 的时长` })
      .selectOption(seconds);
  await expect(board(page)).toContainText('16 秒 · 128 积分 · 逐个镜头生成、计费');
  await page.getByRole('textbox', { name: '消息' }).fill('胶片颗粒');
  await page.keyboard.press('Enter');

  await expect(shots(page)).toHaveCount(3);
  await expect(board(page)).toHaveCount(0);
  await expect(meter(page)).toHaveAccessibleName('积分：可用 72，预扣 128');
  await expect(shots(page).first().getByRole('progressbar')).toHaveAttribute('aria-valuenow', /^[1-9]/);
  await shot(page, 'board-running');
  await expect(shots(page).nth(1)).toContainText('已退回 24', { timeout: 40_000 });
  await expect(meter(page)).toHaveAccessibleName('积分：可用 96，预扣 0', { timeout: 40_000 });
  await settle(page);
  await shot(page, 'board-failed');
  expect(await axeFindings(page)).toEqual([]);

  // The one that failed is made again, by other words; the others stay.
  await expect(shots(page).nth(1).getByRole('button', { name: '重试 · 24 镜头 2' })).toBeEnabled();
  await shots(page).nth(1).getByRole('button', { name: '改写镜头 2' }).click();
  const dialog = page.getByRole('dialog', { name: '镜头 2' });
  await dialog.getByRole('textbox').fill(order('甲板上的一盏灯', { video_s: 1 }));
  await shot(page, 'board-rewrite');
  await dialog.getByRole('button', { name: '重试 · 24' }).click();
  await expect(meter(page)).toHaveAccessibleName('积分：可用 72，预扣 24');
  const film = answers(page).last().getByLabel('成片');
  await expect(film).toBeVisible({ timeout: 60_000 });
  await expect(meter(page)).toHaveAccessibleName('积分：可用 72，预扣 0');
  await settle(page);
  await shot(page, 'board-film');
  expect(await axeFindings(page)).toEqual([]);

  // Another order is another film, at no cost.
  const before = await film.getAttribute('src');
  await answers(page).last().getByRole('button', { name: '调整顺序' }).click();
  await answers(page).last().getByRole('button', { name: '移动镜头 3' }).focus();
  await page.keyboard.press('Home');
  await shot(page, 'board-order');
  await expect(film).not.toHaveAttribute('src', before ?? '', { timeout: 60_000 });
  await answers(page).last().getByRole('button', { name: '完成' }).click();
  await expect(shots(page).first()).toContainText(FILM[2] ?? '');
  await page.reload();
  await expect(shots(page).first()).toContainText(FILM[2] ?? '');
  await expect(meter(page)).toHaveAccessibleName('积分：可用 72，预扣 0');
});
