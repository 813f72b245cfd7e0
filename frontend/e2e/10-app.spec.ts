import { mkdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { ask, axeFindings, expect, newAdmin, prefer, SHOTS, settle, shot, signUp, test } from './support';

const answer = (page: Page) => page.getByRole('article', { name: /^(回答|Answer)$/ }).last();
const field = (page: Page) => page.getByRole('textbox', { name: /^(消息|Message)$/ });

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  mkdirSync(SHOTS, { recursive: true });
  await (await newAdmin(browser, [])).context().close();
});

const LOOKS = [
  {
    theme: 'light',
    language: 'zh-CN',
    up: '有帮助',
    down: '没帮助',
    comment: '说明（可不填）',
    save: '保存说明',
  },
  {
    theme: 'dark',
    language: 'en',
    up: 'Helpful',
    down: 'Not helpful',
    comment: 'Comment (optional)',
    save: 'Save comment',
  },
];

for (const { theme, language, up, down, comment, save } of LOOKS) {
  const suffix = `${language === 'en' ? 'en' : 'zh'}-${theme}`;

  test(`an answer is rated, explained, and rated otherwise (${suffix})`, async ({ page, context }) => {
    await prefer(context, { theme, language });
    await signUp(page, language === 'en' ? 'Lin Yue' : '林月');
    await page.goto('/');
    await ask(page, 'echo: **雾** or *fog*');
    const thumb = (name: string) => answer(page).getByRole('button', { name, exact: true });
    await thumb(down).click();
    await expect(thumb(down)).toHaveAttribute('aria-pressed', 'true');
    await answer(page).getByRole('textbox', { name: comment }).fill('It missed the second question');
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
      await settle(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await shot(page, `feedback-${suffix}-${width}`);
    }
    expect(await axeFindings(page)).toEqual([]);
    await answer(page).getByRole('button', { name: save }).click();
    await expect(answer(page).getByRole('textbox')).toHaveCount(0);
    await expect(thumb(down)).toBeFocused();

    const other = await context.newPage();
    await other.goto(page.url());
    const there = (name: string) => answer(other).getByRole('button', { name, exact: true });
    await expect(there(down)).toHaveAttribute('aria-pressed', 'true');
    await thumb(up).click();
    await expect(there(up)).toHaveAttribute('aria-pressed', 'true');
    await thumb(up).click();
    await expect(there(up)).toHaveAttribute('aria-pressed', 'false');
    await expect(there(down)).toHaveAttribute('aria-pressed', 'false');
    await other.close();
  });
}

test('an answer is read aloud by a voice of its language, until it is stopped or left', async ({ page }) => {
  // No voice is installed here: this one tells what it is given, and speaks until it is cancelled.
  await page.addInitScript(() => {
    const spoken: { text: string; lang: string }[] = [];
    let current: SpeechSynthesisUtterance | null = null;
    const voice = { lang: 'zh-CN', name: 'Test', default: true, localService: true, voiceURI: 'test' };
    Object.assign(window, { spoken });
    Object.defineProperty(window, 'speechSynthesis', {
      value: {
        getVoices: () => [voice],
        speak: (utterance: SpeechSynthesisUtterance) => {
          spoken.push({ text: utterance.text, lang: utterance.lang });
          current = utterance;
        },
        cancel: () => {
          current?.onerror?.(new Event('error') as SpeechSynthesisErrorEvent);
          current = null;
        },
        addEventListener: () => undefined,
        removeEventListener: () => undefined,
      },
    });
    class Utterance {
      lang = '';
      voice = null;
      onend = null;
      onerror = null;
      constructor(readonly text: string) {}
    }
    Object.defineProperty(window, 'SpeechSynthesisUtterance', { value: Utterance });
  });
  const spoken = () => page.evaluate(() => (window as unknown as { spoken: object[] }).spoken);
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, 'echo: # 茶\n\n水温 **九十** 度。`code` 之后再泡。');
  await answer(page).getByRole('button', { name: '朗读', exact: true }).click();
  await expect(answer(page).getByRole('button', { name: '停止朗读' })).toBeVisible();
  expect(await spoken()).toEqual([{ text: '茶', lang: 'zh-CN' }]);
  await settle(page);
  await shot(page, 'aloud');
  await answer(page).getByRole('button', { name: '停止朗读' }).click();
  await expect(answer(page).getByRole('button', { name: '朗读', exact: true })).toBeVisible();
  await answer(page).getByRole('button', { name: '朗读', exact: true }).click();
  await expect(answer(page).getByRole('button', { name: '停止朗读' })).toBeVisible();
  await page.getByRole('link', { name: '新建对话' }).click();
  await page.goBack();
  await expect(answer(page).getByRole('button', { name: '朗读', exact: true })).toBeVisible();
});

test('where there is no voice, that is said', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'speechSynthesis', {
      value: {
        getVoices: () => [],
        cancel: () => undefined,
        addEventListener: (_: string, told: () => void) => told(),
        removeEventListener: () => undefined,
      },
    });
  });
  await signUp(page, '林月');
  await page.goto('/');
  await ask(page, 'echo: 雾');
  await answer(page).getByRole('button', { name: '朗读', exact: true }).click();
  await expect(page.getByText('这台设备没有可用的朗读声音。').first()).toBeVisible();
});

test('shortcuts lead where the list says, and are letters while one writes', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await field(page).fill('');
  await field(page).pressSequentially('g?c/');
  await expect(field(page)).toHaveValue('g?c/');
  await expect(page).toHaveURL('/');
  await field(page).blur();
  await page.keyboard.press('g');
  await expect(page).toHaveURL('/gallery');
  await page.keyboard.press('c');
  await expect(page).toHaveURL('/');
  await expect(field(page)).toBeFocused();
  await page.keyboard.press('Control+b');
  await expect(page.getByRole('searchbox')).toHaveCount(0);
  await field(page).blur();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
  await field(page).blur();
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: '键盘快捷键' });
  await expect(list.getByText('跳到输入框')).toBeVisible();
  await page.keyboard.press('g');
  await expect(page).toHaveURL('/');
  await page.keyboard.press('Escape');
  await expect(list).toHaveCount(0);
});

test('a newer build offers to reload, and nothing that is being written is lost', async ({ page }) => {
  await signUp(page, '林月');
  // As if this page were of an older build; the one that comes after it is not.
  await page.addInitScript(() => {
    if (sessionStorage.getItem('older')) return;
    sessionStorage.setItem('older', 'yes');
    document.addEventListener('DOMContentLoaded', () =>
      document.querySelector('meta[name="latent-build"]')?.setAttribute('content', 'abcdef'),
    );
  });
  await page.goto('/');
  const notice = page.getByRole('region', { name: /^有新版本/ });
  await expect(notice).toBeVisible();
  await page.getByRole('radio', { name: '图像', exact: true }).click();
  await field(page).fill('还没写完的话');
  const picture = await (await page.request.get('/icon-192.png')).body();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'tea.png', mimeType: 'image/png', buffer: picture });
  const attached = page.getByRole('list', { name: '附件' });
  await expect(attached.getByRole('img', { name: 'tea.png' })).toBeVisible();
  await expect(attached.getByRole('progressbar')).toHaveCount(0);
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
    await settle(page);
    await shot(page, `new-version-${width}`);
  }
  expect(await axeFindings(page)).toEqual([]);
  await notice.getByRole('button', { name: '刷新' }).click();
  await expect(field(page)).toHaveValue('还没写完的话');
  await expect(attached.getByRole('img', { name: 'tea.png' })).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test('the client can be installed, and offline it says so; nothing else is kept', async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: 'allow' });
  const page = await context.newPage();
  await signUp(page, '林月');
  await page.goto('/');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await ask(page, 'echo: 雾');
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const lists = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return lists.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(kept).toEqual(['/offline.html']);

  const manifest = (await (await page.request.get('/manifest.webmanifest')).json()) as {
    icons: { src: string; sizes: string; type: string }[];
    display: string;
  };
  expect(manifest.display).toBe('standalone');
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await page.request.get(src);
    expect(icon.headers()['content-type']).toBe(type);
    if (sizes !== 'any') expect((await icon.body()).readUInt32BE(16)).toBe(Number(sizes.split('x')[0]));
  }

  await context.setOffline(true);
  await page.goto('/gallery');
  await expect(page.getByRole('heading', { name: '现在连不上显影室' })).toBeVisible();
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width: 390, height: 844 });
    await shot(page, `offline-${theme}`);
  }
  await context.setOffline(false);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: /再试一次/ }).click();
  await expect(page.getByRole('heading', { name: '作品' })).toBeVisible();
  await context.close();
});
