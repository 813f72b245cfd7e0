import { ask, axeFindings, expect, prefer, shot, signUp, test } from './support';

const LOOKS = ['light', 'dark'].flatMap((theme) => ['zh-CN', 'en'].map((language) => ({ theme, language })));
const WIDTHS = [390, 820, 1440];

for (const { theme, language } of LOOKS) {
  const isChinese = language === 'zh-CN';
  const suffix = `${isChinese ? 'zh' : 'en'}-${theme}`;

  test(`every screen holds in ${suffix}`, async ({ page, context }) => {
    await prefer(context, { theme, language, sidebarOpen: true });
    await page.goto('/');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await shot(page, `sign-in-${suffix}-1440`);

    await signUp(page, isChinese ? '林月' : 'Lin Yue');
    await page.reload();
    await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible();
    expect(await axeFindings(page)).toEqual([]);
    await shot(page, `empty-${suffix}-1440`);

    await ask(page, isChinese ? '清晨的茶馆，适合喝什么茶？' : 'Which tea suits a foggy morning?');
    await ask(page, isChinese ? '画个表格，写段代码，列个清单' : 'A table, some code and a list, please');
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
      await expect(page.getByRole('textbox', { name: isChinese ? '消息' : 'Message' })).toBeVisible();
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      ).toBeLessThanOrEqual(0);
      expect(await axeFindings(page)).toEqual([]);
      await shot(page, `chat-${suffix}-${width}`);
    }
    await page.getByRole('button', { name: isChinese ? /选择模型/ : /Choose a model/ }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    await shot(page, `models-${suffix}-1440`);
  });
}
