import { mkdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
  axeFindings,
  expect,
  myId,
  newAdmin,
  prefer,
  SHOTS,
  send,
  setCredits,
  settle,
  shot,
  signUp,
  test,
} from './support';

const answers = (page: Page) => page.getByRole('article', { name: '回答' });
const meter = (page: Page) => page.getByRole('button', { name: /^积分：/ });
const board = (page: Page) => page.getByRole('region', { name: '分镜脚本' });
const shots = (page: Page) =>
  answers(page).last().getByRole('list', { name: '各个镜头' }).getByRole('listitem');
const FILM = ['雨夜，渡轮靠岸', '甲板上的灯晃着', '船长收起伞', '河面上的倒影', '汽笛响起', '天亮了，雾散开'];

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  mkdirSync(SHOTS, { recursive: true });
  await (await newAdmin(browser, [])).context().close();
});

/** Look at the page as it is, at both ends of the widths. */
async function look(page: Page, name: string): Promise<void> {
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
    await settle(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `${name} ${width}`).toBeLessThanOrEqual(0);
    await shot(page, `${name}-${width}`);
  }
}

test('an evening in the studio: picture, edit, clip, six shots, an empty purse, a failure', async ({
  page,
  browser,
  complaints,
}) => {
  test.setTimeout(240_000);
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('radio', { name: '图像', exact: true }).click();

  await test.step('a picture', async () => {
    await send(page, '晨雾里的山间茶屋');
    await expect(answers(page).getByRole('progressbar')).toHaveAttribute('aria-valuenow', /^[3-9]\d$/, {
      timeout: 30_000,
    });
    await shot(page, 'studio-developing');
    await expect(answers(page).getByRole('button', { name: '放大第 1 张' })).toBeVisible({ timeout: 30_000 });
    await expect(meter(page)).toHaveAccessibleName('积分：可用 192，预扣 0');
  });

  await test.step('edited, one click from the picture', async () => {
    await answers(page).last().getByRole('button', { name: '编辑' }).click();
    await expect(page.getByRole('textbox', { name: '消息' })).toBeFocused();
    await send(page, '换成黄昏的光');
    await expect(answers(page)).toHaveCount(2);
    await expect(answers(page).last().getByRole('button', { name: '放大第 1 张' })).toBeVisible({
      timeout: 30_000,
    });
  });

  await test.step('made a clip, by two clicks', async () => {
    await answers(page).last().getByRole('button', { name: '生成视频' }).click();
    await page.getByRole('button', { name: '发送' }).click();
    await expect(answers(page)).toHaveCount(3);
    await expect(answers(page).last().locator('video')).toBeVisible({ timeout: 60_000 });
    await expect(answers(page).last().getByRole('button', { name: '−40 积分' })).toBeVisible();
  });

  await test.step('a film of six shots, that takes all that is left', async () => {
    await page.getByRole('button', { name: '分镜' }).click();
    for (const [index, line] of FILM.entries()) {
      if (index >= 2) await board(page).getByRole('button', { name: '加镜头' }).click();
      await board(page)
        .getByRole('textbox', { name: `镜头 ${index + 1} 的描述` })
        .fill(line);
      await board(page)
        .getByRole('combobox', { name: `镜头 ${index + 1} 的时长` })
        .selectOption('3');
    }
    await expect(board(page)).toContainText('6 个镜头 · 18 秒 · 144 积分 · 逐个镜头生成、计费');
    await shot(page, 'studio-storyboard');
    await page.getByRole('button', { name: '发送' }).click();
    await expect(shots(page)).toHaveCount(6);
    await expect(meter(page)).toHaveAccessibleName(/^积分：可用 0，预扣 144/);
    await expect(shots(page).first().getByRole('progressbar')).toHaveAttribute('aria-valuenow', /^[3-9]\d$/, {
      timeout: 30_000,
    });
    await shot(page, 'studio-shots');
    await expect(answers(page).last().getByLabel('成片')).toBeVisible({ timeout: 120_000 });
    await expect(meter(page)).toHaveAccessibleName(/^积分：可用 0，预扣 0/);
    await settle(page);
    await shot(page, 'studio-film');
    expect(await axeFindings(page)).toEqual([]);
  });

  await test.step('out of credits: nothing begins, and the words stay', async () => {
    await page.getByRole('radio', { name: '图像', exact: true }).click();
    await send(page, '河边的渡轮');
    await expect(page.getByRole('alert').first()).toContainText('积分不够');
    await expect(page.getByRole('textbox', { name: '消息' })).toHaveValue('河边的渡轮');
    await expect(answers(page)).toHaveCount(4);
    await shot(page, 'studio-out-of-credits');
  });

  await test.step('a failure, and its refund', async () => {
    const admin = await newAdmin(browser, complaints);
    await setCredits(admin, await myId(page), 20_000);
    await admin.context().close();
    await expect(meter(page)).toHaveAccessibleName(/^积分：可用 20，预扣 0/);
    await send(page, '河边的渡轮\nX-Sandbox: {"image_s": 1, "fail_msg": "no"}');
    await expect(answers(page).last().getByRole('alert')).toContainText('已退回 8', { timeout: 30_000 });
    await expect(meter(page)).toHaveAccessibleName(/^积分：可用 20，预扣 0/);
    await settle(page);
    await shot(page, 'studio-refund');
  });
});

const LOOKS = ['light', 'dark'].flatMap((theme) => ['zh-CN', 'en'].map((language) => ({ theme, language })));

for (const { theme, language } of LOOKS) {
  const isChinese = language === 'zh-CN';
  const suffix = `${isChinese ? 'zh' : 'en'}-${theme}`;
  const words = isChinese
    ? { board: '分镜', title: '分镜脚本', add: '加镜头', send: '发送', film: '成片', order: '调整顺序' }
    : {
        board: 'Storyboard',
        title: 'Storyboard',
        add: 'Add a shot',
        send: 'Send',
        film: 'The film',
        order: 'Change the order',
      };
  const lines = isChinese
    ? FILM.slice(0, 3)
    : ['Rain at night, the ferry lands', 'A lamp sways on deck', 'The captain folds his umbrella'];

  test(`a storyboard holds in ${suffix}`, async ({ page, context }) => {
    test.setTimeout(180_000);
    await prefer(context, { theme, language, mode: 'video' });
    await signUp(page, isChinese ? '林月' : 'Lin Yue');
    await page.goto('/');
    await page.getByRole('button', { name: words.board }).click();
    const strip = page.getByRole('region', { name: words.title });
    for (const [index, line] of lines.entries()) {
      if (index >= 2) await strip.getByRole('button', { name: words.add }).click();
      await strip.getByRole('textbox').nth(index).fill(line);
      await strip.getByRole('combobox').nth(index).selectOption('6');
    }
    await look(page, `board-editor-${suffix}`);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: words.send }).click();
    await expect(page.getByRole('progressbar').first()).toHaveAttribute('aria-valuenow', /^[3-9]\d$/, {
      timeout: 40_000,
    });
    await look(page, `board-shots-${suffix}`);
    await expect(page.getByLabel(words.film)).toBeVisible({ timeout: 90_000 });
    await look(page, `board-film-${suffix}`);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: words.order }).click();
    await look(page, `board-order-${suffix}`);
    expect(await axeFindings(page)).toEqual([]);
  });
}
