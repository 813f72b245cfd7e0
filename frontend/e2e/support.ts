import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PASSWORD = 'a long and quiet sentence';
export const SHOTS = process.env.LATENT_SCREENSHOTS ?? 'test-results/screenshots';

/** A page that reports what a user should never see: script errors, violations of the policy, foreign requests. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      watch(page, complaints);
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    const expected = /status of (401|402|404|409|422|429)/.test(message.text());
    if (message.type() === 'error' && !expected) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const host = new URL(request.url()).hostname;
    if (host && host !== '127.0.0.1') complaints.push(`request: ${request.url()}`);
  });
}

/** Make an account through the API and sign this page in. */
export async function signUp(page: Page, name: string): Promise<string> {
  const email = `person-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.org`;
  const response = await page.request.post('/api/auth/sign-up', {
    data: { email, password: PASSWORD, display_name: name },
    headers: { 'Sec-Fetch-Site': 'same-origin' },
  });
  expect(response.status()).toBe(201);
  return email;
}

type State = Awaited<ReturnType<BrowserContext['storageState']>>;
let adminState: State | undefined;

/** Return a page of the administrator: of the first account, which is made if there is none yet. */
export async function newAdmin(
  browser: Browser,
  complaints: string[],
  settings: Record<string, unknown> = {},
): Promise<Page> {
  const context = await browser.newContext({ storageState: adminState });
  await prefer(context, settings);
  const page = await context.newPage();
  watch(page, complaints);
  if (!adminState) await signInAsAdmin(page);
  adminState = await context.storageState();
  return page;
}

async function signInAsAdmin(page: Page): Promise<void> {
  const headers = { 'Sec-Fetch-Site': 'same-origin' };
  const instance = (await (await page.request.get('/api/instance')).json()) as { first_account: boolean };
  for (const email of ['lin@example.org', 'zhou@example.org']) {
    const made = instance.first_account
      ? { way: 'sign-up', data: { email, password: PASSWORD, display_name: '林月' } }
      : { way: 'sign-in', data: { email, password: PASSWORD } };
    const response = await page.request.post(`/api/auth/${made.way}`, { data: made.data, headers });
    const { user } = (await response.json()) as { user: { role: string } };
    if (user.role === 'admin') return;
  }
  throw new Error('Neither of the first accounts is the administrator.');
}

/** Correct an account to an exact amount of milli-credits, by the administrator's hand. */
export async function setCredits(admin: Page, userId: string, mc: number): Promise<void> {
  const path = `/api/admin/users/${userId}`;
  const { balance_mc } = (await (await admin.request.get(`${path}/credits`)).json()) as {
    balance_mc: number;
  };
  const response = await admin.request.post(`${path}/adjustments`, {
    data: { amount_mc: mc - balance_mc, reason: '月末对账' },
    headers: { 'Sec-Fetch-Site': 'same-origin', 'Idempotency-Key': crypto.randomUUID() },
  });
  expect(response.status()).toBe(201);
}

/** Return the id of whoever is signed in on a page. */
export async function myId(page: Page): Promise<string> {
  return ((await (await page.request.get('/api/me')).json()) as { id: string }).id;
}

/** Let a page notice that it is looked at again, as after a change of tabs. */
export async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
}

/** Tell the demo provider how to behave from now on. */
export async function misbehave(page: Page, faults: object): Promise<void> {
  const port = Number(process.env.LATENT_E2E_PORT ?? 8531) + 1;
  const response = await page.request.post(`http://127.0.0.1:${port}/_sandbox/faults`, { data: faults });
  expect(response.status()).toBe(204);
}

/** Send a message, once a model is there to answer it. */
export async function send(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^(消息|Message)$/ }).fill(text);
  await expect(page.getByRole('button', { name: /^(发送|Send)$/ })).toBeEnabled();
  await page.keyboard.press('Enter');
}

/** Send a message and wait until its answer is complete. */
export async function ask(page: Page, text: string): Promise<void> {
  const answers = page.getByRole('article', { name: /^(回答|Answer)$/ });
  const before = await answers.count();
  await send(page, text);
  await expect(answers).toHaveCount(before + 1);
  await expect(answers.last()).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
}

export async function prefer(context: BrowserContext, settings: Record<string, unknown>): Promise<void> {
  await context.addInitScript(
    (saved) => localStorage.setItem('latent.settings', JSON.stringify(saved)),
    settings,
  );
}

/** Return what axe finds serious on the page as it is. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run: (o: object) => Promise<AxeResults> } }).axe;
    const results = await axe.run({ resultTypes: ['violations'] });
    return results.violations
      .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
      .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' | ')}`);
  });
}

interface AxeResults {
  violations: { id: string; impact: string | null; nodes: { html: string }[] }[];
}

/** Wait until nothing moves any more; what moves without end (a caret) does not count. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const moving = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(moving.map((animation) => animation.finished));
  });
}

export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: 'disabled' });
}

export async function newPerson(browser: Browser, complaints: string[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  watch(page, complaints);
  return page;
}

export { expect };
