import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, prefer, send, settle, shot, signUp, test } from './support';

const answers = (page: Page) => page.getByRole('article', { name: /^(回答|Answer)$/ });
const meter = (page: Page) => page.getByRole('button', { name: /^(积分：|Credits: )/ });
const mode = (page: Page, name: string) => page.getByRole('radio', { name, exact: true });
const attachments = (page: Page) => page.getByRole('list', { name: '附件' }).getByRole('listitem');
const order = (prompt: string, faults: Record<string, unknown>) =>
  `${prompt}\nX-Sandbox: ${JSON.stringify(faults)}`;

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

/** What one has, by the server. */
async function account(page: Page): Promise<{ available_mc: number; held_mc: number }> {
  return (await page.request.get('/api/credits')).json();
}

/** Order a picture in the mode that is shown and wait until it is there, and at rest. */
async function develop(page: Page, prompt: string): Promise<void> {
  const before = await answers(page).count();
  await send(page, prompt);
  await expect(answers(page)).toHaveCount(before + 1);
  await expect(answers(page).last()).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const first = { name: /^(放大第 1 张|Enlarge frame 1)$/ };
  await expect(answers(page).last().getByRole('button', first)).toBeVisible();
  await settle(page);
}

test('a picture develops, survives a reload in the middle, arrives and is charged', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await mode(page, '图像').click();
  await expect(page.getByText('预扣 8', { exact: true })).toBeVisible();
  await send(page, order('晨雾里的山间茶屋', { image_s: 5 }));

  await expect(answers(page).getByRole('progressbar')).toBeVisible();
  await expect(meter(page)).toHaveAccessibleName('积分：可用 192，预扣 8');
  await page.reload();
  await expect(answers(page).getByRole('progressbar', { name: '显影中' })).toHaveAttribute(
    'aria-valuenow',
    /^[1-9]\d?$/,
  );
  await shot(page, 'media-developing-light');
  const picture = answers(page).getByRole('button', { name: '放大第 1 张' });
  await expect(picture).toBeVisible({ timeout: 20_000 });
  await expect(answers(page).getByRole('button', { name: '−8 积分' })).toBeVisible();
  await expect(meter(page)).toHaveAccessibleName('积分：可用 192，预扣 0');
  await expect(mode(page, '图像')).toBeChecked();
  await settle(page);
  await shot(page, 'media-picture-light');
  expect(await axeFindings(page)).toEqual([]);

  await picture.click();
  const large = page.getByRole('dialog');
  await large.getByRole('button', { name: '怎么做的' }).click();
  await expect(large.getByText('晨雾里的山间茶屋')).toBeVisible();
  await settle(page);
  await shot(page, 'media-large');
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(picture).toBeFocused();
});

test('a picture is edited, then animated; what it builds on stands beside the words', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await mode(page, '图像').click();
  await develop(page, order('河边的渡轮', { image_s: 0.3 }));
  await answers(page).last().getByRole('button', { name: '编辑' }).click();
  await expect(attachments(page)).toHaveCount(1);
  await develop(page, order('去掉灯笼', { image_s: 0.3 }));
  await expect(attachments(page)).toHaveCount(0);
  await expect(page.getByRole('list', { name: '用到的图' }).getByRole('img')).toHaveCount(1);

  await answers(page).last().getByRole('button', { name: '生成视频' }).click();
  await expect(mode(page, '视频')).toBeChecked();
  await expect(page.getByText('首帧')).toBeVisible();
  await expect(page.getByText('预扣 40', { exact: true })).toBeVisible();
  await send(page, order('镜头缓缓推近', { video_s: 2 }));
  await expect(answers(page).last().getByRole('progressbar')).toBeVisible();
  await page.waitForTimeout(1500);
  await shot(page, 'media-video-developing');
  await expect(answers(page).last().locator('video')).toBeVisible({ timeout: 30_000 });
  await expect(answers(page).last().getByRole('button', { name: '−40 积分' })).toBeVisible();
  await shot(page, 'media-video');
});

test('options follow the model: they change the hold, are kept, and return to the defaults', async ({
  page,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  await mode(page, '视频').click();
  await expect(page.getByText('预扣 40', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: '高级设置' }).click();
  const settings = page.getByRole('dialog', { name: '高级设置' });
  await settings.getByRole('slider', { name: '时长' }).fill('10');
  await settings.getByRole('radio', { name: '9:16' }).click();
  await settle(page);
  await shot(page, 'media-settings-light');
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByText('预扣 80', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: '高级设置' })).toContainText('9:16 10 s');

  await page.reload();
  await expect(page.getByText('预扣 80', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: '高级设置' }).click();
  await settings.getByRole('button', { name: '恢复默认' }).click();
  await expect(page.getByText('预扣 40', { exact: true })).toBeVisible();
});

test('a refused option is named, and the draft stays', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await mode(page, '视频').click();
  await page.route('**/api/tasks', async (route) => {
    const body = route.request().postDataJSON() as Record<string, unknown>;
    await route.continue({ postData: { ...body, options: { seconds: 99 } } });
  });
  await send(page, '推近');

  await expect(page.getByRole('alert')).toHaveText('“时长”太大，最多 15。');
  await expect(page.getByRole('textbox', { name: '消息' })).toHaveValue('推近');
  expect((await account(page)).held_mc).toBe(0);
});

test('a picture is uploaded and used; a model that cannot take it says so', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  const bytes = await page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 200 } });
  await page.getByRole('button', { name: '添加' }).click();
  await expect(page.getByRole('menuitem', { name: /^图片或视频/ })).toBeDisabled();
  await page.keyboard.press('Escape');

  await mode(page, '图像').click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: '添加' }).click();
  await settle(page);
  await shot(page, 'media-upload-menu');
  await page.getByRole('menuitem', { name: /^图片或视频/ }).click();
  await (await chooser).setFiles({ name: '草图.png', mimeType: 'image/png', buffer: bytes });
  await expect(attachments(page).getByRole('img', { name: '草图.png' })).toBeVisible();
  await expect(attachments(page).getByRole('progressbar')).toHaveCount(0);

  await mode(page, '对话').click();
  await expect(page.getByRole('status').filter({ hasText: '对话模型不看图片和视频' })).toBeVisible();
  await shot(page, 'media-conflict');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: '改用 Demo Frame' }).click();
  await expect(mode(page, '图像')).toBeChecked();
  await develop(page, order('照草图画', { image_s: 0.3 }));
  await expect(page.getByRole('list', { name: '用到的图' }).getByRole('img')).toHaveCount(1);
  await expect(answers(page).getByRole('button', { name: '放大第 1 张' })).toBeVisible();
});

test('a failure says what was returned, and can be tried again', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await mode(page, '图像').click();
  await send(page, order('河灯漂流', { image_s: 0.3, fail_msg: 'no' }));
  await expect(answers(page).getByRole('alert')).toContainText('已退回 8', { timeout: 20_000 });
  await expect(meter(page)).toHaveAccessibleName('积分：可用 200，预扣 0');
  await settle(page);
  await shot(page, 'media-failed');
  expect(await axeFindings(page)).toEqual([]);
  await answers(page).getByRole('button', { name: '重试' }).click();
  await expect(answers(page).getByText('第 2 版，共 2 版')).toBeAttached({ timeout: 20_000 });
});

test('four frames make a contact sheet; the chosen one is passed on', async ({ page, context }) => {
  await prefer(context, {
    mode: 'image',
    imageModel: 'demo-openai/demo-canvas',
    theme: 'dark',
    language: 'en',
    modelOptions: { 'demo-openai/demo-canvas': { n: 4 } },
  });
  await signUp(page, 'Lin Yue');
  await page.goto('/');
  await expect(page.getByText('holds 24', { exact: true })).toBeVisible();
  await develop(page, order('Tea house in morning mist', { image_s: 0.3 }));
  const frames = answers(page).getByRole('button', { name: /^(Choose|Enlarge) frame \d$/ });
  await expect(frames).toHaveCount(4);
  await frames.nth(1).click();
  await expect(frames.nth(1)).toHaveAttribute('aria-current', 'true');
  await settle(page);
  await shot(page, 'media-sheet-dark');
  await page.setViewportSize({ width: 390, height: 844 });
  await settle(page);
  await shot(page, 'media-sheet-mobile');
  expect(await axeFindings(page)).toEqual([]);
});

test('what waits in the queue is cancelled for nothing', async ({ page }) => {
  await signUp(page, '林月');
  const post = (path: string, data: Record<string, unknown>) =>
    page.request.post(path, {
      data,
      headers: { 'Sec-Fetch-Site': 'same-origin', 'Idempotency-Key': crypto.randomUUID() },
    });
  const elsewhere = (await (await post('/api/conversations', {})).json()) as { id: string };
  // Five run at once, four of them in one place.
  for (const conversation_id of [null, null, null, null, elsewhere.id]) {
    const prompt = order('占位', { image_s: 25 });
    const begun = await post('/api/tasks', { model_id: 'demo/nano-banana-2', prompt, conversation_id });
    expect(begun.status()).toBe(202);
  }
  await page.goto('/');
  await mode(page, '图像').click();
  await send(page, '雨中的渡轮');
  await expect(answers(page).getByRole('progressbar', { name: '排队中，第 1 位' })).toBeVisible();
  await shot(page, 'media-queued');
  await answers(page).getByRole('button', { name: '取消' }).click();

  await expect(answers(page).getByText('已取消')).toBeVisible();
  await expect(answers(page).getByText('已退回 8')).toBeVisible();
  expect((await account(page)).held_mc).toBe(40_000);
});

test('files are dropped on the page or pasted; two pictures are the first and the last frame', async ({
  page,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  await mode(page, '视频').click();
  const drop = (type: string, color: string) =>
    page.evaluate(
      async ([kind, fill]) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
        const paper = canvas.getContext('2d') as CanvasRenderingContext2D;
        paper.fillStyle = fill as string;
        paper.fillRect(0, 0, 64, 36);
        const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
        const files = new DataTransfer();
        files.items.add(new File([blob as Blob], `${fill}.png`, { type: 'image/png' }));
        const field = document.getElementById('message-field') as HTMLElement;
        const made =
          kind === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true })
            : new DragEvent(kind as string, { dataTransfer: files, bubbles: true, cancelable: true });
        field.dispatchEvent(made);
      },
      [type, color],
    );
  await drop('dragenter', 'teal');
  await expect(page.getByText('松手添加到对话')).toBeVisible();
  await shot(page, 'media-drop');
  await drop('drop', 'teal');
  await expect(page.getByText('松手添加到对话')).toBeHidden();
  await expect(attachments(page).getByText('首帧')).toBeVisible();
  await drop('paste', 'orange');
  await expect(attachments(page).getByText('尾帧')).toBeVisible();
  await page.getByRole('button', { name: '移除 teal.png' }).click();
  await expect(attachments(page)).toHaveCount(1);
  await expect(attachments(page).getByText('首帧')).toBeVisible();
});

test('on a narrow screen in the dark, in English, everything has its place', async ({ page, context }) => {
  await prefer(context, { mode: 'video', theme: 'dark', language: 'en' });
  await page.setViewportSize({ width: 390, height: 844 });
  await signUp(page, 'Lin Yue');
  await page.goto('/');
  await send(page, order('Slow push in, mist moving left', { video_s: 12 }));
  await expect(answers(page).getByRole('progressbar', { name: 'Developing' })).toBeVisible({
    timeout: 15_000,
  });
  await expect(answers(page).getByText(/about \d+ s left/)).toBeVisible({ timeout: 15_000 });
  await shot(page, 'media-developing-mobile-dark');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Advanced settings' }).click();
  await settle(page);
  await shot(page, 'media-settings-mobile-dark');
  expect(await axeFindings(page)).toEqual([]);
});
