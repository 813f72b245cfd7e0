import { axeFindings, expect, newAdmin, settle, shot, test } from './support';

const REEL = 'demo/kling-3.0/video';
const AS_CONFIGURED = { kind: 'video', per_second_mc: { std: 8000, pro: 12_000 }, sound_percent: 200 };

test('what a clip costs is set by tier and sound, and holds at once', async ({ browser, complaints }) => {
  const page = await newAdmin(browser, complaints, { mode: 'video' });
  try {
    await page.goto('/');
    await expect(page.getByText('预扣 40', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: '设置' }).first().click();
    await page.getByRole('tab', { name: '价格' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Demo Reel' })
      .getByRole('button', { name: /改价/ })
      .click();
    const form = page.getByRole('dialog', { name: 'Demo Reel 的价格' });
    await expect(form.getByLabel('档位 · 专业')).toHaveValue('12');
    await form.getByLabel('档位 · 标准').fill('9.5');
    await form.getByLabel('带声音时按原价的百分之几').fill('150');
    await expect(form.getByText('带声音每秒：标准 14.25 · 专业 18')).toBeVisible();
    await settle(page);
    await shot(page, 'price-media');
    expect(await axeFindings(page)).toEqual([]);

    await form.getByLabel('档位 · 专业').fill('-1');
    await expect(form.getByRole('button', { name: '保存' })).toBeDisabled();
    await form.getByLabel('档位 · 专业').fill('12');
    await form.getByRole('button', { name: '保存' }).click();
    await expect(form).toBeHidden();
    await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click();
    await expect(page.getByText('预扣 47.5', { exact: true })).toBeVisible();
  } finally {
    await page.request.put('/api/admin/prices', {
      data: { model_id: REEL, price: AS_CONFIGURED },
      headers: { 'Sec-Fetch-Site': 'same-origin' },
    });
    await page.context().close();
  }
});
