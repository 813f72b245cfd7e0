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
    const expected = /status of (401|404|409|422|429)/.test(message.text());
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

/** Send a message and wait until its answer is complete. */
export async function ask(page: Page, text: string): Promise<void> {
  const answers = page.getByRole('article', { name: /^(回答|Answer)$/ });
  const before = await answers.count();
  await page.getByRole('textbox', { name: /^(消息|Message)$/ }).fill(text);
  await page.keyboard.press('Enter');
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

export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: 'disabled' });
}

export async function newPerson(browser: Browser, complaints: string[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  watch(page, complaints);
  return page;
}

export { expect };
