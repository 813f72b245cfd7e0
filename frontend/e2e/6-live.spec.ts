import type { BrowserContext, Page } from '@playwright/test';
import {
  ask,
  axeFindings,
  expect,
  misbehave,
  newAdmin,
  prefer,
  send,
  settle,
  shot,
  signUp,
  test,
  watch,
} from './support';

const HEADERS = { 'Sec-Fetch-Site': 'same-origin' };
const MODEL = 'demo/nano-banana-2';

const list = (page: Page) => page.getByRole('navigation', { name: '对话' });
const tray = (page: Page) => page.getByRole('complementary', { name: '任务' });
const answers = (page: Page) => page.getByRole('article', { name: '回答' });
const meter = (page: Page) => page.getByRole('button', { name: /^积分：/ });

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

/** Open a second page of the same person, as on another device. */
async function another(context: BrowserContext, complaints: string[], path = '/'): Promise<Page> {
  const page = await context.newPage();
  watch(page, complaints);
  await hearing(page, () => page.goto(path));
  return page;
}

/** Do what opens the socket, and wait until the page hears. */
async function hearing(page: Page, open: () => Promise<unknown>): Promise<void> {
  const heard = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
  await open();
  await heard;
}

/** Let a page take itself for one that is covered, or shown again. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, hidden);
}

/** Begin a picture through the API; returns its task. */
async function develop(page: Page, prompt: string, conversationId: string): Promise<string> {
  const place = await page.request.get(`/api/conversations/${conversationId}`);
  const { leaf_id } = (await place.json()) as { leaf_id: string | null };
  const response = await page.request.post('/api/tasks', {
    data: { model_id: MODEL, prompt, conversation_id: conversationId, parent_id: leaf_id },
    headers: HEADERS,
  });
  expect(response.status()).toBe(202);
  return ((await response.json()) as { task: { id: string } }).task.id;
}

async function newConversation(page: Page, title: string): Promise<string> {
  const response = await page.request.post('/api/conversations', { data: { title }, headers: HEADERS });
  return ((await response.json()) as { id: string }).id;
}

test('a conversation that is made, renamed and deleted on one page follows on the other', async ({
  page,
  context,
  complaints,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  const other = await another(context, complaints);

  await ask(page, '列个清单');
  const row = list(other).getByRole('link', { name: '列个清单' });
  await expect(row).toBeVisible();
  await row.click();
  await expect(answers(other)).toContainText('先找到一处光');

  await page.getByRole('button', { name: '修改标题' }).click();
  await page.getByRole('textbox', { name: '对话标题' }).fill('清单一则');
  await page.keyboard.press('Enter');
  await expect(other.getByRole('heading', { level: 1 })).toContainText('清单一则');
  await expect(list(other).getByRole('link', { name: '清单一则' })).toBeVisible();

  await page.getByRole('button', { name: '“清单一则”的更多操作' }).click();
  await page.getByRole('menuitem', { name: '删除' }).click();
  await page.getByRole('button', { name: '删除对话' }).click();
  await expect(other).toHaveURL('/');
  await expect(list(other).getByRole('link')).toHaveCount(0);
});

test('an answer that begins on one page is written on the other as well', async ({
  page,
  context,
  complaints,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '列个清单');
  const other = await another(context, complaints, page.url());
  await expect(answers(other)).toHaveCount(1);

  await send(page, '写 3000 字，山雾');
  await expect(answers(other)).toHaveCount(2);
  await expect(answers(other).last()).toHaveAttribute('aria-busy', 'true');
  await expect(answers(other).last()).toContainText('暗房里');
  await other.getByRole('button', { name: '停止' }).click();
  for (const each of [page, other]) await expect(answers(each).last()).toHaveAttribute('aria-busy', 'false');
  const [here, there] = await Promise.all([page, other].map((each) => answers(each).last().innerText()));
  expect(there).toBe(here);
});

test('a picture shows in the tray until it is seen, and is paid for', async ({
  page,
  context,
  complaints,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  const other = await another(context, complaints);
  await expect(meter(other)).toHaveAccessibleName('积分：可用 200，预扣 0');
  const place = await newConversation(page, '茶屋');

  await develop(page, '晨雾里的山间茶屋', place);
  const item = tray(other).getByRole('listitem');
  await expect(item).toContainText('晨雾里的山间茶屋');
  await expect(meter(other)).toHaveAccessibleName(/预扣 [1-9]/);
  await expect(other.getByRole('button', { name: '1 个任务' })).toBeVisible();
  const row = list(other).getByRole('link', { name: /茶屋/ });
  await expect(row.getByRole('img', { name: '1 个正在进行' })).toBeVisible();
  await expect(item.getByRole('progressbar')).toBeVisible();

  await expect(item).toContainText(/已完成 · 结算 \d+/, { timeout: 40_000 });
  await expect(meter(other)).toHaveAccessibleName(/预扣 0$/);
  await expect(row.getByRole('img', { name: '有新完成的' })).toBeVisible();

  await item.getByRole('link').click();
  await expect(other).toHaveURL(`/c/${place}`);
  await expect(item).toHaveCount(0);
  await expect(row.getByRole('img')).toHaveCount(0);
});

test('a page that nobody looks at is told of ends alone; who deletes is told what goes on', async ({
  page,
  context,
  complaints,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  const place = await newConversation(page, '茶屋');
  const other = await context.newPage();
  watch(other, complaints);
  const opened = other.waitForEvent('websocket');
  await hearing(other, () => other.goto('/'));
  const heard: string[] = [];
  (await opened).on('framereceived', ({ payload }) => heard.push(String(payload)));
  const said = (await opened).waitForEvent('framesent', ({ payload }) =>
    String(payload).includes('"task_ids":[]'),
  );
  await setHidden(other, true);
  await said;

  await develop(page, '晨雾里的山间茶屋', place);
  const row = list(page).getByRole('link', { name: /茶屋/ });
  await expect(row.getByRole('img', { name: '1 个正在进行' })).toBeVisible();
  await page.getByRole('button', { name: '“茶屋”的更多操作' }).click();
  await page.getByRole('menuitem', { name: '删除' }).click();
  await expect(page.getByRole('alertdialog')).toContainText('正在生成的内容会继续完成，并照常扣费');
  await page.getByRole('button', { name: '取消' }).click();

  const told = (): string[] => heard.filter((text) => text.includes('"task.changed"'));
  await expect.poll(() => told().length, { timeout: 40_000 }).toBe(1);
  expect(told()[0]).toContain('"state":"completed"');
  await setHidden(other, false);
  await expect(tray(other).getByRole('listitem')).toContainText('晨雾里的山间茶屋');
  expect(complaints).toEqual([]);
});

test('nothing is missing after the connection was cut', async ({ page, context, browser, complaints }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '列个清单');
  const phone = await browser.newContext({ storageState: await context.storageState() });
  const other = await another(phone, [], page.url());
  await expect(answers(other)).toHaveCount(1);

  await phone.setOffline(true);
  await ask(page, '画个表格');
  const place = await newConversation(page, '离线时新建的');
  const id = await develop(page, '雨中的渡轮', place);
  await expect
    .poll(async () => (await (await page.request.get(`/api/tasks/${id}`)).json()).state, { timeout: 40_000 })
    .toBe('completed');
  await expect(answers(other)).toHaveCount(1);
  await phone.setOffline(false);

  await expect(answers(other)).toHaveCount(2, { timeout: 20_000 });
  await expect(list(other).getByRole('link', { name: /离线时新建的/ })).toBeVisible();
  await expect(tray(other).getByRole('listitem')).toContainText('雨中的渡轮');
  const { available_mc } = await (await page.request.get('/api/credits')).json();
  await expect(meter(other)).toHaveAccessibleName(`积分：可用 ${available_mc / 1000}，预扣 0`);
  expect(complaints).toEqual([]);
  await phone.close();
});

test('what failed is tried again as one more version, what waits is cancelled; neither costs anything', async ({
  page,
}) => {
  await signUp(page, '林月');
  const place = await newConversation(page, '河灯');
  await hearing(page, () => page.goto('/'));
  const rows = tray(page).getByRole('listitem');

  await misbehave(page, { fail_msg: 'The job timed out', image_s: 1 });
  await develop(page, '河灯漂流', place);
  await expect(rows).toContainText('服务商没能完成。', { timeout: 30_000 });
  await expect(rows).toContainText('已退回 8');
  await expect(meter(page)).toHaveAccessibleName('积分：可用 200，预扣 0');
  await misbehave(page, { image_s: 1 });
  await page.getByRole('button', { name: '重试“河灯漂流”' }).click();
  await expect(rows).toContainText('已完成 · 结算 8', { timeout: 30_000 });
  await expect(rows).toHaveCount(1);
  await rows.getByRole('link').click();
  await expect(page.getByText('第 2 版，共 2 版')).toBeAttached();
  await expect(rows).toHaveCount(0);

  await page.getByRole('link', { name: /^新建对话/ }).click();
  await misbehave(page, { image_s: 30 });
  for (const prompt of ['其一', '其二', '其三', '其四', '其五']) await develop(page, prompt, place);
  await page.getByRole('button', { name: '取消“其五”' }).click();
  await expect(rows.filter({ hasText: '其五' })).toContainText('已取消 · 已退回 8');
  await page.getByRole('button', { name: '收走已结束的' }).click();
  await expect(rows).toHaveCount(4);
  await misbehave(page, {});
});

const WORDS = {
  'zh-CN': {
    tasks: '任务',
    open: /^(\d+ 个任务|任务)$/,
    done: /已完成 · 结算/,
    retry: /重试/,
    titles: ['晨雾里的山间茶屋', '河灯漂流', '雨中的渡轮，镜头 1', '推近，雾向左流', '陶瓷杯，棚拍光线'],
    talk: '分镜：雨中的渡轮',
  },
  en: {
    tasks: 'Tasks',
    open: /^(\d+ tasks?|Tasks)$/,
    done: /Done · .* settled/,
    retry: /Try again/,
    titles: [
      'Tea house in morning mist',
      'Lanterns drifting',
      'Rain on the ferry, shot 1',
      'Push in, mist moving left',
      'Ceramic cup, studio light',
    ],
    talk: 'Storyboard: rain on the ferry',
  },
};
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['zh-CN', 'en'] as const).map((language) => ({ theme, language })),
);

/** A line by which the demo provider is told how a picture goes. */
const order = (faults: object) => `\nX-Sandbox: ${JSON.stringify(faults)}`;

for (const { theme, language } of LOOKS) {
  const words = WORDS[language];
  const suffix = `${language.slice(0, 2)}-${theme}`;

  test(`the tray holds in every look: ${suffix}`, async ({ page, context }) => {
    await prefer(context, { theme, language });
    await signUp(page, language === 'en' ? 'Lin Yue' : '林月');
    const [tea = '', lanterns = '', rain = '', push = '', cup = ''] = words.titles;
    const talk = await newConversation(page, words.talk);
    const shop = await newConversation(page, tea);
    await hearing(page, () => page.goto('/'));

    await develop(page, cup, shop);
    await develop(page, lanterns + order({ fail_msg: 'The job timed out', image_s: 1 }), talk);
    const panel = page.getByRole('complementary', { name: words.tasks });
    await expect(panel.getByRole('listitem').filter({ hasText: cup })).toContainText(words.done, {
      timeout: 30_000,
    });
    await expect(panel.getByRole('button', { name: words.retry })).toBeVisible();
    for (const title of [push, tea, push, tea]) await develop(page, title + order({ image_s: 30 }), talk);
    await develop(page, rain, talk);
    await expect(panel.getByRole('listitem')).toHaveCount(7);
    await expect(
      panel
        .getByRole('listitem')
        .filter({ hasText: /[1-9]\d?%/ })
        .first(),
    ).toBeVisible({ timeout: 25_000 });

    for (const width of [1440, 820, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
      if (width < 1180) {
        await page.getByRole('button', { name: words.open }).click();
        await expect(page.getByRole('dialog', { name: words.tasks })).toBeVisible();
      }
      await settle(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${width}`).toBeLessThanOrEqual(0);
      expect(await axeFindings(page), `${width}`).toEqual([]);
      await shot(page, `tasks-${suffix}-${width}`);
      if (width < 1180) {
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toHaveCount(0);
        await expect(page.getByRole('button', { name: words.open })).toBeFocused();
        if (width === 390) await shot(page, `tasks-closed-${suffix}-${width}`);
      }
    }
  });
}
