import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, prefer, settle, shot, signUp, test } from './support';

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

/** Nothing turns sound into text here. */
async function takeListener(page: Page): Promise<void> {
  await page.route('**/api/models', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as object), transcription: null } });
  });
}

test('where no model takes sound, the menu says so', async ({ page }) => {
  await takeListener(page);
  await open(page);
  await page.getByRole('button', { name: '添加' }).click();
  await expect(menu(page)).toBeDisabled();
  await expect(menu(page)).toContainText('这个模型不收声音，也没有可用的语音转写');
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

for (const { theme, language } of [
  { theme: 'light', language: 'zh-CN' },
  { theme: 'dark', language: 'en' },
]) {
  const isChinese = language === 'zh-CN';
  const words = isChinese
    ? {
        field: '消息',
        add: '添加',
        record: /^录制语音/,
        done: '录好了',
        note: '录音',
        ask: '转成文字 · 1',
        meter: '积分',
      }
    : {
        field: 'Message',
        add: 'Add',
        record: /^Record voice/,
        done: 'Done',
        note: 'Recording',
        ask: 'Turn into text · 1',
        meter: 'Credits',
      };
  const suffix = isChinese ? 'zh-light' : 'en-dark';

  test(`a voice becomes text that is checked before it is sent (${suffix})`, async ({ page, context }) => {
    await context.grantPermissions(['microphone']);
    await prefer(context, { theme, language });
    await signUp(page, isChinese ? '林月' : 'Lin Yue');
    await page.goto('/');
    const field = page.getByRole('textbox', { name: words.field, exact: true });
    await field.fill('A');
    await page.getByRole('button', { name: words.add, exact: true }).click();
    await page.getByRole('menuitem', { name: words.record }).click();
    await expect(page.getByRole('timer')).toHaveText('0:01', { timeout: 15_000 });
    await page.getByRole('button', { name: words.done, exact: true }).click();
    const note = page.getByRole('group', { name: words.note, exact: true });
    await expect(note.getByRole('button', { name: words.ask })).toBeVisible();
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
      await settle(page);
      await shot(page, `voice-note-${suffix}-${width}`);
    }
    expect(await axeFindings(page)).toEqual([]);
    await field.fill('AB');
    await note.getByRole('button', { name: words.ask }).click();
    await expect(field).toHaveValue(/^AB\n（演示转写）收到一段 \d+ KB 的录音/, { timeout: 20_000 });
    await expect(field).toBeFocused();
    await expect(note).toHaveCount(0);
    await expect(page.getByRole('button', { name: new RegExp(`^${words.meter}.*199`) })).toBeVisible();
  });
}

test('a voice that could not be heard stays, and nothing was charged', async ({ page, context }) => {
  await context.grantPermissions(['microphone']);
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('button', { name: '添加' }).click();
  await menu(page).click();
  await expect(page.getByRole('timer')).toHaveText('0:01', { timeout: 15_000 });
  await page.getByRole('button', { name: '录好了' }).click();
  await page.route('**/api/transcriptions', (route) =>
    route.fulfill({ status: 429, json: { code: 'transcription_failed', params: {}, request_id: 'x' } }),
  );
  const note = page.getByRole('group', { name: '录音', exact: true });
  await note.getByRole('button', { name: '转成文字 · 1' }).click();
  await expect(note.getByRole('alert')).toContainText('没有扣费');
  await note.getByRole('button', { name: '丢弃录音' }).click();
  await expect(note).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: '消息' })).toBeFocused();
});
