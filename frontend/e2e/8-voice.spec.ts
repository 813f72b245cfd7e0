import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, settle, shot, signUp, test } from './support';

const menu = (page: Page) => page.getByRole('menuitem', { name: /^录制语音/ });
const attached = (page: Page) => page.getByRole('list', { name: '附件' });

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

async function open(page: Page): Promise<void> {
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('radio', { name: '视频', exact: true }).click();
  await expect(page.getByText('预扣 40', { exact: true })).toBeVisible();
}

/** None of the demo models takes sound: say of one that it does. */
async function giveHearing(page: Page): Promise<void> {
  await page.route('**/api/models', async (route) => {
    const response = await route.fetch();
    const list = (await response.json()) as {
      models: { mode: string; media: { references: object[] } | null }[];
    };
    for (const { mode, media } of list.models)
      if (mode === 'video')
        media?.references.push({ role: 'reference', kind: 'audio', least: 0, most: 1, bytes_max: 1e7 });
    await route.fulfill({ response, json: list });
  });
}

test('where no model takes sound, the menu says so', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: '添加' }).click();
  await expect(menu(page)).toBeDisabled();
  await expect(menu(page)).toContainText('这个模型不收声音');
});

test('a voice is recorded, seen, heard and taken away again', async ({ page, context }) => {
  await context.grantPermissions(['microphone']);
  await giveHearing(page);
  await open(page);
  await page.getByRole('textbox', { name: '消息' }).fill('照着念');
  await page.getByRole('button', { name: '添加' }).click();
  await menu(page).click();
  const recorder = page.getByRole('group', { name: '正在录音' });
  await expect(recorder.getByRole('timer')).toHaveText('0:02', { timeout: 15_000 });
  await shot(page, 'voice-recording');
  expect(await axeFindings(page)).toEqual([]);
  await recorder.getByRole('button', { name: '录好了' }).click();

  await expect(page.getByRole('textbox', { name: '消息' })).toHaveValue('照着念');
  const play = attached(page).getByRole('button', { name: /^播放 voice\./ });
  await expect(play).toBeEnabled({ timeout: 15_000 });
  await expect(attached(page)).toContainText(/0:\d\d/);
  await settle(page);
  await shot(page, 'voice-attached');
  expect(await axeFindings(page)).toEqual([]);
  await play.click();
  await expect(attached(page).getByRole('button', { name: /^暂停/ })).toBeVisible();

  await page.getByRole('radio', { name: '图像', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: '这个模型不收声音' })).toBeVisible();
  await attached(page).getByRole('button', { name: /^移除/ }).click();
  await expect(attached(page)).toHaveCount(0);
});

test('without permission it says what to do, and the text is back', async ({ page }) => {
  await giveHearing(page);
  await open(page);
  await page.getByRole('button', { name: '添加' }).click();
  await menu(page).click();
  await expect(page.getByText('没有麦克风权限，请在浏览器里允许后再试。').first()).toBeVisible();
  await expect(page.getByRole('textbox', { name: '消息' })).toBeVisible();
});
