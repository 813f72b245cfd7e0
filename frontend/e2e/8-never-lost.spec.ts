import { readdirSync, readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { ask, expect, misbehave, newAdmin, newPerson, send, signUp, test, watch } from './support';

const list = (page: Page) => page.getByRole('navigation', { name: '对话' });
const answers = (page: Page) => page.getByRole('article', { name: '回答' });
const stop = (page: Page) => page.getByRole('button', { name: '停止' });

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

test.afterEach(async ({ page }) => misbehave(page, {}));

/** Open the same conversation once more: in another tab, or, without sharing anything but the session, on a device. */
async function another(context: BrowserContext, complaints: string[], path: string): Promise<Page> {
  const page = await context.newPage();
  watch(page, complaints);
  await page.goto(path);
  return page;
}

async function onDevice(browser: Browser, context: BrowserContext): Promise<BrowserContext> {
  return browser.newContext({ storageState: await context.storageState() });
}

/** Return the newest message of the conversation that is shown, as it is stored. */
async function stored(page: Page): Promise<{ content: string; status: string }> {
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const { items } = await (await page.request.get(`/api/conversations/${id}/messages`)).json();
  return items.at(-1);
}

/** Return the text of an answer without what Markdown makes of it: letters only. */
async function lettersOf(page: Page): Promise<string> {
  return (await answers(page).last().locator('.prose').allInnerTexts()).join('').replace(/\s/g, '');
}

async function begin(page: Page, text: string): Promise<void> {
  await send(page, text);
  await expect(answers(page).last()).toHaveAttribute('aria-busy', 'true');
  await expect(answers(page).last()).toContainText('暗房里');
}

test('a reload in the middle of an answer loses no character', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await misbehave(page, { tokens_per_s: 200 });
  await begin(page, '写 1500 字，山雾');

  for (let time = 0; time < 3; time++) {
    await page.reload();
    await expect(answers(page).last()).toContainText('暗房里');
  }
  await expect(answers(page).last()).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const { content, status } = await stored(page);
  expect(status).toBe('complete');
  expect(await lettersOf(page)).toBe(content.replace(/[\s#]/g, ''));
});

test('another tab and another device show the same text growing, and stop it', async ({
  page,
  context,
  browser,
  complaints,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  await begin(page, '写 8000 字，河灯');
  const phone = await onDevice(browser, context);
  const elsewhere = await another(phone, complaints, '/');
  const row = list(elsewhere).getByRole('link', { name: /河灯/ });
  await expect(row.getByRole('img', { name: '1 个正在进行' })).toBeVisible();
  await row.click();
  const tab = await another(context, complaints, page.url());

  for (const each of [page, tab, elsewhere]) {
    await expect(answers(each).last()).toHaveAttribute('aria-busy', 'true');
    const before = (await answers(each).last().innerText()).length;
    await expect.poll(async () => (await answers(each).last().innerText()).length).toBeGreaterThan(before);
  }
  await tab.reload();
  await stop(tab).click();
  for (const each of [page, tab, elsewhere]) {
    await expect(answers(each).last()).toHaveAttribute('aria-busy', 'false');
    await expect(answers(each).last()).toContainText('已停止');
    await expect(stop(each)).toHaveCount(0);
  }
  await expect(row.getByRole('img')).toHaveCount(0);
  const texts = await Promise.all([page, tab, elsewhere].map(lettersOf));
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).toBe((await stored(page)).content.replace(/[\s#]/g, ''));
  await phone.close();
});

/** Let what a device reads wait on the way, for as long as it is held. */
async function holdable(device: BrowserContext, what: string): Promise<{ hold(): void; release(): void }> {
  let release = (): void => undefined;
  let free = Promise.resolve();
  await device.route(what, async (route) => {
    if (route.request().method() === 'GET') await free;
    await route.continue();
  });
  return {
    hold: () => {
      free = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
  };
}

test('sending from an old view offers to go on below or to branch off', async ({
  page,
  context,
  browser,
}) => {
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, '列个清单');
  const phone = await onDevice(browser, context);
  await phone.routeWebSocket('**/ws*', (socket) => socket.close());
  const news = await holdable(phone, '**/api/conversations/*/messages*');
  const old = await another(phone, [], page.url());
  await expect(answers(old)).toHaveCount(1);

  news.hold();
  await ask(page, '画个表格');
  await send(old, '写段代码');
  await expect(old.getByRole('button', { name: '接在最新消息后面' })).toBeVisible();
  news.release();
  await old.getByRole('button', { name: '接在最新消息后面' }).click();
  await expect(answers(old)).toHaveCount(3);
  await expect(answers(old).last()).toContainText('unique');
  await expect(answers(page).last()).toContainText('unique'); // or its own view is old

  news.hold();
  await ask(page, '再列个清单');
  await send(old, '另起一支');
  await expect(old.getByRole('button', { name: '从这里分出一支' })).toBeVisible();
  news.release();
  await old.getByRole('button', { name: '从这里分出一支' }).click();
  await expect(answers(old).last()).toContainText('另起一支');
  await expect(answers(page)).toHaveCount(4);
  await phone.close();
});

test('an API process that is killed costs nothing, and the answer can be continued', async ({
  page,
  browser,
}) => {
  const watched = await newPerson(browser, []); // it sees connections fail, which is what is tried here
  await signUp(watched, '林月');
  await watched.goto('/');
  await begin(watched, '写 8000 字，茶屋');

  await expect.poll(async () => (await stored(watched)).content.length).toBeGreaterThan(40);
  process.kill(apiProcess(), 'SIGKILL');
  const answer = answers(watched).last();
  await expect(answer).toContainText('回答中断了', { timeout: 25_000 });
  await expect(answer).toHaveAttribute('aria-busy', 'false');
  await expect(answer).toContainText('没有扣积分');
  const { content, status } = await stored(watched);
  expect(status).toBe('interrupted');
  expect(await lettersOf(watched)).toContain(content.replace(/[\s#]/g, '').slice(0, 40));

  await misbehave(page, { tokens_per_s: 0 });
  await answer.getByRole('button', { name: '继续' }).click();
  await expect(answers(watched)).toHaveCount(2);
  await expect(answers(watched).last()).toHaveAttribute('aria-busy', 'false');
  await expect(answers(watched).last()).toContainText('请接着刚才断开的地方写下去');
  await watched.context().close();
});

/** Return the id of the API process that serves these tests. */
function apiProcess(): number {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const title = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (title.startsWith(`latent api ${process.env.LATENT_E2E_DATA}`)) return Number(name);
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error('There is no API process.');
}
