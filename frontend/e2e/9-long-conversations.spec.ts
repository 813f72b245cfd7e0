import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, send, signUp, test } from './support';

const HEADERS = { 'Sec-Fetch-Site': 'same-origin' };
const BATCH = 50;

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

/** Make a conversation of so many messages, each with its number in it; returns its id. */
async function makeConversation(page: Page, count: number): Promise<string> {
  const made = await page.request.post('/api/conversations', { data: {}, headers: HEADERS });
  const { id } = (await made.json()) as { id: string };
  for (let start = 0; start < count; start += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, count - start) }, (_, index) =>
      said(start + index + 1),
    );
    const response = await page.request.post(`/api/conversations/${id}/messages/import`, {
      data: { messages },
      headers: HEADERS,
    });
    expect(response.status()).toBe(201);
  }
  return id;
}

/** Messages of different heights, so that no guess of them is right. */
function said(number: number): object {
  if (number % 2) return { role: 'user', content: `Question no. ${number}` };
  const content = `Answer no. ${number}\n\n${'Some words of it. '.repeat((number * 7) % 60)}\n\n- one\n- two`;
  return { role: 'assistant', content, model_id: 'demo/demo-scribe' };
}

const area = (page: Page) => page.getByRole('region', { name: '消息' });
const message = (page: Page, number: number) =>
  area(page).getByText(new RegExp(`^(?:Question|Answer) no\\. ${number}$`));

async function topOf(page: Page, number: number): Promise<number> {
  return message(page, number).evaluate((element) => element.getBoundingClientRect().top);
}

/** Turn the wheel, and wait until the page has followed. */
async function wheel(page: Page, y: number): Promise<void> {
  await area(page).hover();
  await page.mouse.wheel(0, y);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

test('loading earlier messages does not move what one reads', async ({ page }) => {
  await signUp(page, '林月');
  const id = await makeConversation(page, 120);
  await page.goto(`/c/${id}`);
  await expect(message(page, 120)).toBeInViewport();
  // The first page begins with no. 71; its top is near before it is reached, and more comes by itself.
  let held = true;
  let release = (): void => undefined;
  await page.route(/before_id=/, async (route) => {
    if (held) await new Promise<void>((done) => (release = done));
    await route.continue();
  });
  await area(page).evaluate((element) => element.scrollTo(0, 0));
  await expect(message(page, 71)).toBeInViewport();
  const before = await topOf(page, 71);

  held = false;
  release();
  await expect(message(page, 70)).toBeAttached();

  expect(Math.abs((await topOf(page, 71)) - before)).toBeLessThanOrEqual(1);
  await expect(message(page, 120)).not.toBeAttached();
});

test('earlier messages come by themselves, up to the first, in their order', async ({ page }) => {
  await signUp(page, '林月');
  const id = await makeConversation(page, 160);
  await page.goto(`/c/${id}`);
  await expect(message(page, 160)).toBeInViewport();

  while (!(await message(page, 1).isVisible())) await wheel(page, -900);
  await expect(page.getByRole('button', { name: '更早的消息' })).toHaveCount(0);
  const numbers = await area(page)
    .getByRole('article')
    .evaluateAll((articles) =>
      articles.map((each) => Number(/no\. (\d+)/.exec(each.textContent ?? '')?.[1])),
    );
  expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));

  await page.getByRole('button', { name: '回到最新' }).click();
  await expect(message(page, 160)).toBeInViewport();
});

test('a growing answer is followed from the end, and leaves alone who reads further up', async ({ page }) => {
  await signUp(page, '林月');
  const id = await makeConversation(page, 60);
  await page.goto(`/c/${id}`);
  await expect(message(page, 60)).toBeInViewport();

  await send(page, 'Please write 600 words');
  const answer = page.getByRole('article', { name: '回答' }).last();
  await expect(answer).toHaveAttribute('aria-busy', 'true');
  const distance = (): Promise<number> =>
    area(page).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
  const height = (): Promise<number> => answer.evaluate((element) => element.getBoundingClientRect().height);
  await expect.poll(height).toBeGreaterThan(120);
  expect(await distance()).toBeLessThan(40);

  await wheel(page, -120);
  const top = await area(page).evaluate((element) => element.scrollTop);
  const grown = await height();
  await expect.poll(height).toBeGreaterThan(grown + 100);
  expect(await area(page).evaluate((element) => element.scrollTop)).toBe(top);

  await page.getByRole('button', { name: '回到最新' }).click();
  await expect(answer).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  expect(await distance()).toBeLessThan(40);
});

test('what has the focus or is selected stays, and the keyboard goes through the messages in order', async ({
  page,
}) => {
  await signUp(page, '林月');
  const id = await makeConversation(page, 100);
  await page.goto(`/c/${id}`);
  const copy = page
    .getByRole('article')
    .filter({ hasText: /no\. 98(?!\d)/ })
    .getByRole('button', { name: '复制' });
  await copy.focus();
  await area(page).evaluate((element) => element.scrollTo(0, 600));
  await expect(message(page, 100)).not.toBeAttached();

  await expect(copy).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('article').filter({ hasText: /no\. 98(?!\d)/ })).toBeInViewport();
  expect(await axeFindings(page)).toEqual([]);
});
