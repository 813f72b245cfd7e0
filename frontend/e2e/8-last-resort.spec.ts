import type { Page } from '@playwright/test';
import { expect, newAdmin, send, signUp, test } from './support';

const answers = (page: Page) => page.getByRole('article', { name: '回答' });
const picture = (page: Page) => answers(page).getByRole('button', { name: '放大第 1 张' });
const order = (prompt: string, faults: Record<string, unknown>) =>
  `${prompt}\nX-Sandbox: ${JSON.stringify(faults)}`;

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

async function open(page: Page): Promise<void> {
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('radio', { name: '图像', exact: true }).click();
}

/** Note each time that a single task is asked about. */
function countPolls(page: Page): string[] {
  const polls: string[] = [];
  page.on('request', (request) => {
    if (/\/api\/tasks\/[\w-]+$/.test(request.url())) polls.push(request.url());
  });
  return polls;
}

test('with a socket nothing is asked for: the picture arrives by itself', async ({ page }) => {
  const polls = countPolls(page);
  await open(page);
  await send(page, order('晨雾里的山间茶屋', { image_s: 2 }));
  await expect(picture(page)).toBeVisible({ timeout: 30_000 });
  expect(polls).toEqual([]);
});

test('where no socket comes through, what develops is asked for, and arrives all the same', async ({
  page,
}) => {
  const polls = countPolls(page);
  await page.routeWebSocket('**/ws*', (socket) => socket.close());
  await open(page);
  await send(page, order('晨雾里的山间茶屋', { image_s: 3 }));
  await expect(picture(page)).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole('button', { name: '积分：可用 192，预扣 0' })).toBeVisible();
  expect(polls.length).toBeGreaterThan(0);
});

test('what ended unseen is still marked after a reload and a new sign-in, until it is looked at', async ({
  page,
}) => {
  await open(page);
  await send(page, order('河灯漂流', { image_s: 1 }));
  await expect(answers(page).getByRole('progressbar')).toBeVisible();
  await page.getByRole('link', { name: '新建对话' }).click();
  const tray = page.getByRole('complementary', { name: '任务' });
  await expect(tray.getByText('已完成')).toBeVisible({ timeout: 30_000 });
  await page.reload();
  await expect(tray.getByText('已完成')).toBeVisible();

  const { email } = (await (await page.request.get('/api/me')).json()) as { email: string };
  await page.request.post('/api/auth/sign-out', { headers: { 'Sec-Fetch-Site': 'same-origin' } });
  await page.goto('/');
  await page.getByLabel('邮箱').fill(email);
  await page.getByLabel('密码', { exact: true }).fill('a long and quiet sentence');
  await page.getByRole('button', { name: '登录' }).click();
  await expect(tray.getByText('已完成')).toBeVisible();

  await tray.getByRole('link', { name: '河灯漂流' }).click();
  await expect(picture(page)).toBeVisible();
  await expect(tray.getByText('没有在做的图像和视频')).toBeVisible();
  await page.reload();
  await expect(tray.getByText('没有在做的图像和视频')).toBeVisible();
});
