import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
  ask,
  axeFindings,
  expect,
  lookAgain,
  myId,
  newAdmin,
  prefer,
  send,
  setCredits,
  signUp,
  test,
} from './support';

const meter = (page: Page) => page.getByRole('button', { name: /^(积分：|Credits: )/ });
const answers = (page: Page) => page.getByRole('article', { name: '回答' });
const field = (page: Page) => page.getByRole('textbox', { name: '消息' });

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

/** What one has, by the server. */
async function account(page: Page): Promise<{ available_mc: number; held_mc: number }> {
  return (await page.request.get('/api/credits')).json();
}

test('a question holds, its answer is charged, and the reckoning agrees', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await expect(meter(page)).toHaveAccessibleName('积分：可用 200，预扣 0');
  await expect(page.getByText(/^预扣 4\.\d+$/)).toBeVisible();

  await send(page, '写 2000 字');
  await expect(meter(page)).toHaveAccessibleName(/可用 195\.\d+，预扣 4\.\d+/);
  await expect(answers(page)).toContainText('暗房里');
  await page.getByRole('button', { name: '停止' }).click();
  await expect(answers(page)).toHaveAttribute('aria-busy', 'false');
  await expect(meter(page)).toHaveAccessibleName(/预扣 0$/);

  const { available_mc } = await account(page);
  const charged = (200_000 - available_mc) / 1000;
  expect(charged).toBeGreaterThan(0);
  await expect(meter(page)).toHaveAccessibleName(`积分：可用 ${available_mc / 1000}，预扣 0`);
  await answers(page)
    .getByRole('button', { name: `−${charged} 积分` })
    .click();

  const dialog = page.getByRole('dialog', { name: '怎么算的' });
  await expect(dialog.getByRole('status')).toContainText('结果一致');
  await expect(dialog.getByText('写了一部分，你停止了')).toBeVisible();
  await expect(dialog.getByRole('definition').nth(1)).toHaveText(String(charged));
  const result = dialog.getByRole('table', { name: '结算：实际花了多少' });
  await expect(result.getByRole('row').last()).toContainText(String(charged));
  await expect(dialog.getByRole('table', { name: '变动记录' }).getByRole('row')).toHaveCount(3);
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(answers(page).getByRole('button', { name: `−${charged} 积分` })).toBeFocused();
});

test('the meter, with the keyboard: the last movements, and the way to the ledger', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '列个清单');
  await page.getByRole('button', { name: '设置' }).focus();
  await page.keyboard.press('Shift+Tab');
  await expect(meter(page)).toBeFocused();
  const recent = page.getByRole('region', { name: '最近变动' });
  await expect(recent.getByRole('listitem')).toHaveCount(2);
  await expect(recent).toContainText('Demo Swift');
  await expect(recent).toContainText('初始积分');
  await page.keyboard.press('Escape');
  await expect(recent).toBeHidden();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: '积分', exact: true })).toHaveAttribute('aria-selected', 'true');
});

test('the ledger: pages, filters, a table file, explanations, and the rules', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '列个清单');
  await ask(page, '画个表格');
  await meter(page).click();
  await page.getByRole('button', { name: '查看全部流水' }).click();

  const rows = page.getByRole('list', { name: '流水' }).getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await expect(rows.last()).toContainText('初始积分');
  await page.getByLabel('类型').selectOption({ label: '使用' });
  await expect(rows).toHaveCount(2);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: '下载 CSV' }).click();
  const lines = readFileSync(await (await download).path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('amount_mc');
  await page.getByLabel('状态').selectOption({ label: '预扣中' });
  await expect(page.getByText('没有记录')).toBeVisible();
  await page.getByLabel('状态').selectOption({ label: '已结算' });
  await rows.first().getByRole('button').click();
  await expect(page.getByRole('dialog', { name: '怎么算的' }).getByRole('status')).toContainText('结果一致');
  await page.keyboard.press('Escape');

  await page.getByRole('tab', { name: '计费规则' }).click();
  const rules = page.getByRole('table').getByRole('row');
  await expect(rules).toHaveCount(21);
  await expect(rules.last()).toContainText('17');
});

test('a grant in the browser reaches its person; a correction takes away', async ({
  page,
  browser,
  complaints,
}) => {
  const admin = await newAdmin(browser, complaints);
  const name = `周南 ${Date.now()}`;
  await signUp(page, name);
  await page.goto('/');
  await expect(meter(page)).toHaveAccessibleName(/可用 200，/);

  await admin.goto('/');
  await admin.getByRole('button', { name: '设置' }).click();
  await admin.getByRole('tab', { name: '成员' }).click();
  const more = admin.getByRole('button', { name: '更多成员' });
  const person = admin.getByRole('listitem').filter({ hasText: name });
  await expect(async () => {
    if (await more.isVisible()) await more.click();
    await expect(person).toBeVisible({ timeout: 500 });
  }).toPass();
  await person.getByRole('button', { name: `${name} 的积分` }).click();
  const dialog = admin.getByRole('dialog', { name: `${name} 的积分` });
  const give = dialog.getByRole('button', { name: '发放积分' });
  await dialog.getByLabel('数额（积分）').fill('1.2345');
  await dialog.getByLabel('原因').fill('茶馆项目');
  await expect(give).toBeDisabled();
  await dialog.getByLabel('数额（积分）').fill('50.125');
  await give.click();
  await expect(admin.getByText('已发放 50.125 积分', { exact: true })).toBeVisible();
  await expect(dialog.getByRole('list', { name: '流水' })).toContainText('茶馆项目');
  await lookAgain(page);
  await expect(meter(page)).toHaveAccessibleName(/可用 250\.125，/);

  await dialog.getByRole('radio', { name: '更正' }).click();
  await dialog.getByLabel('数额（积分）').fill('-0.125');
  await dialog.getByLabel('原因').fill('多发了');
  await dialog.getByRole('button', { name: '更正积分' }).click();
  await expect(dialog.getByRole('definition').first()).toHaveText('250');
  await lookAgain(page);
  await expect(meter(page)).toHaveAccessibleName(/可用 250，/);

  await dialog.getByRole('button', { name: '关闭' }).click();
  await admin.getByRole('tab', { name: '操作记录' }).click();
  const log = admin.getByRole('list', { name: '操作记录' }).getByRole('listitem');
  await expect(log.first()).toContainText('多发了');
  await expect(log.nth(1)).toContainText('+50.125');
});

test('out of credits: nothing is lost, nothing is charged, and a cheaper model answers', async ({
  page,
  context,
  browser,
  complaints,
}) => {
  await prefer(context, { theme: 'light', language: 'zh-CN', chatModel: 'demo/demo-thinker' });
  const admin = await newAdmin(browser, complaints);
  await signUp(page, '林月');
  await setCredits(admin, await myId(page), 300);
  await page.goto('/');
  await expect(page.getByRole('button', { name: /选择模型/ })).toContainText('Demo Thinker');
  await expect(meter(page)).toContainText('不够用当前模型');
  await field(page).fill('清晨喝什么茶？');
  await expect(page.getByText('这次至少要预扣 0.5', { exact: false })).toBeVisible();
  await field(page).press('Enter');

  const card = page.getByRole('alert', { name: '积分不够，没有开始' });
  await expect(card.getByRole('definition')).toHaveText([/^0\.5\d*$/, '0.3', '0']);
  await expect(field(page)).toHaveValue('清晨喝什么茶？');
  expect(await account(page)).toMatchObject({ available_mc: 300, held_mc: 0 });
  expect(await axeFindings(page)).toEqual([]);
  await page.reload();
  await expect(field(page)).toHaveValue('清晨喝什么茶？');

  await expect(page.getByRole('button', { name: '发送' })).toBeEnabled();
  await field(page).press('Enter');
  await card.getByRole('button', { name: '重试' }).click();
  await expect(card).toBeVisible();
  await card.getByRole('button', { name: /^换用 Demo Swift，至少预扣 0\.1/ }).click();
  await expect(answers(page)).toHaveAttribute('aria-busy', 'false');
  await expect(answers(page)).toContainText('清晨喝什么茶？');
  await expect(card).toBeHidden();
  await expect(page.getByRole('button', { name: /选择模型/ })).toContainText('Demo Swift');
  await expect(answers(page).getByRole('button', { name: /^受积分所限 · −0\.\d+ 积分$/ })).toBeVisible();

  await test.step('another answer is refused in its place, and goes through once there are credits', async () => {
    await setCredits(admin, await myId(page), 20);
    await answers(page).getByRole('button', { name: '重新回答' }).click();
    await expect(card).toContainText('没有更省的模型够用');
    await expect(answers(page)).toHaveCount(1);
    await setCredits(admin, await myId(page), 10_000);
    await card.getByRole('button', { name: '重试' }).click();
    await expect(page.getByText('第 2 版，共 2 版')).toBeAttached();
    await expect(card).toBeHidden();
  });
});

test('what is held elsewhere is named, and another try goes through once it is back', async ({
  page,
  context,
  browser,
  complaints,
}) => {
  await prefer(context, { theme: 'light', language: 'zh-CN', chatModel: 'demo/demo-swift' });
  const admin = await newAdmin(browser, complaints);
  await signUp(page, '林月');
  await setCredits(admin, await myId(page), 4200);
  await page.goto('/');
  await send(page, '写 20000 字，山雾');
  await expect(answers(page)).toContainText('暗房里');

  await page.getByRole('link', { name: '新建对话' }).click();
  await page.getByRole('button', { name: /选择模型/ }).click();
  await page.getByRole('menuitem', { name: /Demo Thinker/ }).click();
  await send(page, '列个清单');
  const card = page.getByRole('alert', { name: '积分不够，没有开始' });
  await expect(card.getByRole('link', { name: '写 20000 字，山雾' })).toBeVisible();
  await card.getByRole('link', { name: '写 20000 字，山雾' }).click();
  await expect(card).toBeHidden();
  await page.getByRole('button', { name: '停止' }).click();
  await expect(answers(page)).toHaveAttribute('aria-busy', 'false');

  await page.goBack();
  await expect(field(page)).toHaveValue('列个清单');
  await field(page).press('Enter');
  await expect(answers(page)).toContainText('先找到一处光');
});

test('at the limit nothing is sent; it says why, and which answer began first', async ({ page }) => {
  await signUp(page, '林月');
  const headers = { 'Sec-Fetch-Site': 'same-origin' };
  const running: { conversation: string; message: string }[] = [];
  for (let count = 0; count < 8; count++) {
    const made = await page.request.post('/api/conversations', { data: { title: `长文 ${count}` }, headers });
    const conversation = ((await made.json()) as { id: string }).id;
    // Sent by the page, which then stops to listen: the answer goes on.
    await page.goto('/');
    await page.evaluate(async (id) => {
      const response = await fetch(`/api/conversations/${id}/messages/stream`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ content: '写 20000 字', model_id: 'demo/demo-swift' }),
      });
      await response.body?.cancel();
    }, conversation);
    const messages = await page.request.get(`/api/conversations/${conversation}/messages`);
    const { leaf_id } = (await messages.json()) as { leaf_id: string };
    running.push({ conversation, message: leaf_id });
  }
  await page.goto('/');
  await field(page).fill('列个清单');
  await expect(page.getByText('同时最多写 8 个回答，已经有 8 个在写。')).toBeVisible();
  await expect(page.getByText('另有 8 个在写')).toBeVisible();
  await expect(page.getByRole('button', { name: '发送' })).toBeDisabled();
  await field(page).press('Enter');
  await expect(field(page)).toHaveValue('列个清单');
  await page.getByRole('link', { name: '最先空出来的多半是“长文 0”' }).click();
  await expect(page).toHaveURL(`/c/${running[0]?.conversation}`);
  await page.goBack();
  await expect(field(page)).toHaveValue('列个清单');

  await page.request.post(`/api/messages/${running[3]?.message}/stop`, { headers });
  await expect(page.getByRole('button', { name: '发送' })).toBeEnabled();
  await field(page).press('Enter');
  await expect(answers(page)).toContainText('先找到一处光');
  for (const { message } of running) await page.request.post(`/api/messages/${message}/stop`, { headers });
});

test('a browser that cannot read streams gets its answers whole', async ({ page }) => {
  await page.addInitScript(() =>
    Object.defineProperty(Response.prototype, 'body', { get: () => null, configurable: true }),
  );
  await signUp(page, '林月');
  await page.goto('/');
  const sent = page.waitForRequest(
    (request) => request.method() === 'POST' && /messages/.test(request.url()),
  );
  await ask(page, '列个清单');
  expect((await sent).url()).toMatch(/\/messages$/);
  await expect(answers(page)).toContainText('先找到一处光');
  await expect(answers(page).getByRole('button', { name: /^−0\.\d+ 积分$/ })).toBeVisible();
  await expect(meter(page)).toHaveAccessibleName(/可用 199\.\d+，预扣 0/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('列个清单');

  await answers(page).getByRole('button', { name: '重新回答' }).click();
  await expect(page.getByText('第 2 版，共 2 版')).toBeAttached();
  await expect(answers(page)).toHaveAttribute('aria-busy', 'false');
});

test('a price set in the browser makes a model usable', async ({ page, browser, complaints }) => {
  await signUp(page, '林月');
  await page.goto('/');
  const choose = page.getByRole('button', { name: /选择模型/ });
  const draft = page.getByRole('menuitem', { name: /Studio Draft/ });
  await choose.click();
  await expect(page.getByRole('menuitem', { name: /Demo Swift/ })).toContainText('60 / 500');
  await expect(draft).toContainText('管理员还没定价');
  await expect(draft).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Escape');

  const admin = await newAdmin(browser, complaints);
  await admin.goto('/');
  await admin.getByRole('button', { name: '设置' }).click();
  await admin.getByRole('tab', { name: '价格' }).click();
  const row = admin.getByRole('listitem').filter({ hasText: 'studio/demo-scribe' });
  await expect(admin.getByRole('tabpanel').getByRole('listitem').first()).toContainText('Studio Draft');
  await row.getByRole('button', { name: '定价 Studio Draft' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Studio Draft 的价格' });
  await dialog.getByLabel('输入', { exact: true }).fill('1.5');
  await dialog.getByLabel('输出').fill('10');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(row).toContainText('1.5 / 10');
  await expect(row).toContainText('第 1 版 · 管理员设定');

  await page.reload();
  await choose.click();
  await draft.click();
  await expect(page.getByText(/^预扣 0\.0\d+$/)).toBeVisible();
  await ask(page, '列个清单');
  await expect(answers(page)).toContainText('先找到一处光');
  await expect(answers(page).getByRole('button', { name: /^−0\.\d+ 积分$/ })).toBeVisible();
});
