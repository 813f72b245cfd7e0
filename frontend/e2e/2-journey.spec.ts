import { ask, axeFindings, expect, PASSWORD, send, shot, signUp, test } from './support';

test('a conversation, from the first question to its deletion', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('button', { name: '用表格比较三种胶片的感光度' }).click();
  const field = page.getByRole('textbox', { name: '消息' });
  await expect(field).toHaveValue('用表格比较三种胶片的感光度');
  await expect(page.getByRole('button', { name: '发送' })).toBeEnabled();
  await field.press('Enter');

  const answer = page.getByRole('article', { name: '回答' });
  await expect(answer.getByRole('table')).toBeVisible();
  await expect(answer).toHaveAttribute('aria-busy', 'false');
  await expect(page).toHaveURL(/\/c\//);
  const today = page.getByRole('region', { name: '今天' });
  await expect(today.getByRole('link', { name: '用表格比较三种胶片的感光度' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('用表格比较三种胶片的感光度');

  await ask(page, '写一段代码，并列个清单');
  await expect(answer.last().getByRole('button', { name: '复制' }).first()).toBeVisible();
  await expect(answer.last()).toContainText('def unique(items)');
  const before = await page.getByRole('region', { name: '消息' }).innerText();
  await page.reload();
  await expect(answer).toHaveCount(2);
  expect(await page.getByRole('region', { name: '消息' }).innerText()).toBe(before);

  await test.step('rename in place, in the bar and in the list', async () => {
    await page.getByRole('button', { name: '修改标题' }).click();
    await page.getByRole('textbox', { name: '对话标题' }).fill('三种胶片');
    await expect(today.getByRole('link', { name: '三种胶片' })).toBeVisible();
    await page.keyboard.press('Enter');
    await today.getByRole('link', { name: '三种胶片' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: '重命名' }).click();
    await page.getByRole('textbox', { name: '对话标题' }).fill('胶片笔记');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('胶片笔记');
  });

  await test.step('answer again: the first one stays, as a version', async () => {
    await answer.last().getByRole('button', { name: '重新回答' }).click();
    await expect(page.getByText('第 2 版，共 2 版')).toBeAttached();
    await expect(answer.last()).toHaveAttribute('aria-busy', 'false');
    await page.getByRole('button', { name: '上一版' }).click();
    await expect(page.getByText('第 1 版，共 2 版')).toBeAttached();
    await page.getByRole('button', { name: '下一版' }).click();
  });

  await test.step('edit a question: a branch', async () => {
    const mine = page.getByRole('article', { name: '你' }).last();
    await mine.hover();
    await mine.getByRole('button', { name: '编辑' }).click();
    await page.getByRole('textbox', { name: '消息' }).first().fill('列个清单');
    await page.getByRole('button', { name: '重新发送' }).click();
    await expect(answer.last()).toContainText('先找到一处光');
    await expect(page.getByText('第 2 版，共 2 版')).toBeAttached();
  });

  await test.step('delete a message, then the conversation', async () => {
    await expect(answer.last()).toHaveAttribute('aria-busy', 'false');
    await answer.last().getByRole('button', { name: '删除消息' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: '删除消息' }).click();
    await expect(answer).toHaveCount(1);
    await today.getByRole('link', { name: '胶片笔记' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: '删除' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: '删除对话' }).click();
    await expect(page.getByRole('heading', { name: '今天想显影什么？' })).toBeVisible();
    await expect(page.getByRole('link', { name: '胶片笔记' })).toHaveCount(0);
  });
});

test('stop keeps the text; a reload in mid-answer goes on; the draft survives', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  const field = page.getByRole('textbox', { name: '消息' });
  const answer = page.getByRole('article', { name: '回答' });
  await send(page, '写 2000 字');
  await expect(answer.getByText('暗房里起初').first()).toBeVisible();
  await page.getByRole('button', { name: '停止' }).click();
  await expect(answer.getByText('已停止')).toBeVisible();
  await expect(answer.getByText('暗房里起初').first()).toBeVisible();

  await field.fill('写 300 字');
  await field.press('Enter');
  await expect(answer.last()).toHaveAttribute('aria-busy', 'true');
  await expect(answer.last()).toContainText('暗房里');
  await field.fill('还没写完的话');
  await page.reload();
  await expect(field).toHaveValue('还没写完的话');
  await expect(answer.last()).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  const text = await answer.last().innerText();
  expect(text.match(/好像它只是在等/g)?.length).toBe(5);
});

test('Enter sends, Shift+Enter breaks the line, Enter of an input method does neither', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  const field = page.getByRole('textbox', { name: '消息' });
  await field.click();
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  await expect(field).toHaveValue('one\ntwo');
  await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true });
  await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
  await expect(field).toHaveValue('one\ntwo');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('article', { name: '你' })).toHaveText(/one\s*two/);
});

test('out and in again, other devices, language and look', async ({ page }) => {
  const email = await signUp(page, '林月');
  await page.goto('/');
  await page.getByRole('button', { name: '设置' }).click();
  await page.getByRole('tab', { name: '登录设备' }).click();
  await expect(page.getByText('当前设备')).toBeVisible();
  await page.getByRole('tab', { name: '通用' }).click();
  await page.getByRole('radio', { name: '深色' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('radio', { name: 'English' }).click();
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  expect(await axeFindings(page)).toEqual([]);
  await shot(page, 'settings-en-dark-1440');
  await page.getByRole('tab', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText('E-mail or password is wrong.');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'What shall we develop today?' })).toBeVisible();
});

test('the whole way with the keyboard alone', async ({ page }) => {
  await signUp(page, '林月');
  await page.goto('/');
  await expect(page.getByRole('heading', { name: '今天想显影什么？' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: '跳到输入框' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: '消息' })).toBeFocused();
  await page.keyboard.type('列个清单');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: '添加' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: /Demo Swift/ })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /选择模型/ })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('article', { name: '回答' })).toContainText('先找到一处光');
});
