import { expect, newPerson, PASSWORD, shot, test } from './support';

// Runs first, on the empty installation.
test('two people press at once: exactly one becomes the administrator', async ({
  page,
  browser,
  complaints,
}) => {
  const other = await newPerson(browser, complaints);
  for (const [index, person] of [page, other].entries()) {
    await person.goto('/');
    await expect(person.getByRole('heading', { name: '创建第一个账号' })).toBeVisible();
    await person.getByLabel('称呼').fill(index ? '周南' : '林月');
    await person.getByLabel('邮箱').fill(index ? 'zhou@example.org' : 'lin@example.org');
    await person.getByLabel('密码', { exact: true }).fill(PASSWORD);
  }
  await shot(page, 'first-account-zh-light-1440');
  await Promise.all(
    [page, other].map((person) => person.getByRole('button', { name: '创建并进入' }).click()),
  );

  const roles: string[] = [];
  for (const person of [page, other]) {
    await expect(person.getByRole('heading', { name: '今天想显影什么？' })).toBeVisible();
    const me = (await (await person.request.get('/api/me')).json()) as { role: string };
    roles.push(me.role);
  }
  expect(roles.sort()).toEqual(['admin', 'user']);
});
