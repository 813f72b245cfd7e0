import type { Page } from '@playwright/test';
import { ask, axeFindings, expect, myId, newAdmin, send, setCredits, settle, shot, test } from './support';

const meter = (page: Page) => page.getByRole('button', { name: /^(积分：|Credits: )/ });

const WORDS = {
  'zh-CN': {
    message: '消息',
    ask: '清晨的茶馆，适合喝什么茶？',
    running: '写 20000 字，山雾',
    next: '把上面的改短一点',
    newConversation: /^新建对话/,
    chooseModel: /选择模型/,
    stop: '停止',
    recent: '最近变动',
    openSidebar: '打开侧边栏',
    settings: '设置',
    credits: '积分',
    rules: '计费规则',
    people: '成员',
    prices: '价格',
    log: '操作记录',
    amount: '数额（积分）',
    reason: '原因',
    why: '茶馆项目',
    give: '发放积分',
    close: '关闭',
  },
  en: {
    message: 'Message',
    ask: 'Which tea suits a foggy morning?',
    running: 'Write 20000 words about mist',
    next: 'Make that a little shorter',
    newConversation: /^New conversation/,
    chooseModel: /Choose a model/,
    stop: 'Stop',
    recent: 'Latest movements',
    openSidebar: 'Open sidebar',
    settings: 'Settings',
    credits: 'Credits',
    rules: 'Charging rules',
    people: 'People',
    prices: 'Prices',
    log: 'Log',
    amount: 'Amount in credits',
    reason: 'Reason',
    why: 'Tea house project',
    give: 'Give credits',
    close: 'Close',
  },
};
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['zh-CN', 'en'] as const).map((language) => ({ theme, language })),
);

for (const { theme, language } of LOOKS) {
  const words = WORDS[language];
  const suffix = `${language.slice(0, 2)}-${theme}`;

  test(`credits hold in every look: ${suffix}`, async ({ browser, complaints }) => {
    const settings = { theme, language, sidebarOpen: true, chatModel: 'demo/demo-swift' };
    const page = await newAdmin(browser, complaints, settings);
    const text = page.getByRole('textbox', { name: words.message, exact: true });
    const look = async (name: string, ...widths: number[]): Promise<void> => {
      for (const width of widths) {
        await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
        await settle(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${name} ${width}`).toBeLessThanOrEqual(0);
        expect(await axeFindings(page), `${name} ${width}`).toEqual([]);
        await shot(page, `credits-${name}-${suffix}-${width}`);
      }
    };
    const press = (name: string | RegExp): Promise<void> =>
      page.getByRole('button', { name }).first().click();
    await page.setViewportSize({ width: 1440, height: 1000 });
    await setCredits(page, await myId(page), 6000);
    await page.goto('/');

    await test.step('an answer explained', async () => {
      await ask(page, words.ask);
      await press(/^−0/);
      await expect(page.getByRole('dialog').getByRole('status')).toBeVisible();
      await look('explanation', 390, 820, 1440);
      await page.keyboard.press('Escape');
    });

    await test.step('the meter while something is held, and the prices of models', async () => {
      await page.getByRole('link', { name: words.newConversation }).first().click();
      await send(page, words.running);
      await expect(meter(page)).toHaveAccessibleName(/4\.\d+/);
      await page.getByRole('link', { name: words.newConversation }).first().click();
      await press(words.chooseModel);
      await look('models', 1440);
      await page.getByRole('menuitem', { name: /Demo Thinker/ }).click();
      await text.fill(words.next);
      await meter(page).click();
      await expect(page.getByRole('region', { name: words.recent })).toContainText('4.');
      await look('meter', 1440);
      await page.keyboard.press('Escape');
      await page.mouse.move(700, 300);
    });

    await test.step('out of credits', async () => {
      await setCredits(page, await myId(page), 4600);
      await text.press('Enter');
      await expect(page.getByRole('alert').first()).toBeVisible();
      await look('shortage', 820, 1440, 390);
      await press(words.openSidebar);
      await meter(page).click();
      await look('drawer', 390);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 1440, height: 1000 });
    });

    await test.step('settings', async () => {
      await press(words.settings);
      const tabs = { ledger: words.credits, rules: words.rules, people: words.people };
      for (const [name, tab] of Object.entries(tabs)) {
        await page.getByRole('tab', { name: tab, exact: true }).click();
        await look(name, 390, 820, 1440);
      }
      await page.getByRole('tabpanel').getByRole('listitem').first().getByRole('button').first().click();
      await page.getByLabel(words.amount).fill('50');
      await page.getByLabel(words.reason).fill(words.why);
      await look('grant', 390, 820, 1440);
      await press(words.give);
      const person = page.getByRole('dialog').last();
      await expect(person.getByText(words.why).first()).toBeVisible();
      await person.getByRole('button', { name: words.close }).click();
      await page.getByRole('tab', { name: words.prices }).click();
      await look('prices', 390, 820, 1440);
      await page.getByRole('tabpanel').getByRole('button').first().click();
      await look('price', 390, 1440);
      await page.keyboard.press('Escape');
      await page.getByRole('tab', { name: words.log }).click();
      await look('log', 390, 820, 1440);
      await page.getByRole('dialog').getByRole('button', { name: words.close }).click();
    });

    await page.getByRole('link', { name: words.running }).first().click();
    await press(words.stop);
    await page.context().close();
  });
}
