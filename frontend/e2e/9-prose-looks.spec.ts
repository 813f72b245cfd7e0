import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { axeFindings, expect, newAdmin, prefer, settle, shot, signUp, test } from './support';

const HEADERS = { 'Sec-Fetch-Site': 'same-origin' };
const WIDTHS = [390, 1440];
const FIRST_LOAD_KIB = 190;

const ANSWERS = {
  en: `# How a film sees light

A film is slow or fast, and **nothing in between**. What the number on the box says is how much light it *needs*: at \`ISO 100\` a clear noon asks for 1/125 s at f/16. See [the exposure triangle](https://example.org/exposure) and the note below.[^1]

## Three films, side by side

| Film | Light | Grain | Price |
|---|---|:-:|---:|
| Slow, ISO 50 | bright noon, snow, the sea | fine | 12.40 |
| Medium, ISO 200 | a cloudy day | medium | 14.50 |
| Fast, ISO 800 | indoors, evening, theatre | coarse | 118.00 |

1. Look for **one** source of light.
2. Put the darkest thing in front of it:
   - a chair, a door, a hand
   - or nothing at all
     - which is harder
3. Wait, then take one frame.

- [x] Load the film
- [ ] Measure the light

### In numbers

Light falls with the square of the distance, $E = I / r^2$; for a surface that is turned away by $\\theta$:

$$
E = \\frac{I}{r^2}\\,\\cos\\theta, \\qquad \\mathrm{EV} = \\log_2 \\frac{N^2}{t}
$$

\`\`\`python
import math

def exposure_value(aperture: float, seconds: float, speed: int = 100) -> float:
    """Return how much light falls on the film."""
    stops = math.log2(aperture ** 2 / seconds)
    return stops - math.log2(speed / 100)  # at the film's own speed

print(f"{exposure_value(16, 1 / 125):.1f}")
\`\`\`

> What is left out is what one sees first.
>
> It takes a while to notice.

---

~~Never~~ seldom does a meter lie; it is asked the wrong question.

[^1]: The triangle is a way to remember, not a law: each corner also changes something else, and [some of it](https://example.org/blur) can not be undone.
[^2]: Prices are invented.`,
  zh: `# 胶片怎样看光

胶片有快有慢，**没有中间**。盒子上的数字说的是它*需要*多少光：\`ISO 100\` 在晴天正午要 1/125 秒、f/16。可参看[曝光三角](https://example.org/exposure)和文末的注。[^1]

## 三种胶片

| 胶片 | 光线 | 颗粒 | 价格 |
|---|---|:-:|---:|
| 低感光度 ISO 50 | 正午、雪地、海边 | 细 | 12.40 |
| 中感光度 ISO 200 | 阴天 | 中 | 14.50 |
| 高感光度 ISO 800 | 室内、傍晚、剧场 | 粗 | 118.00 |

1. 先找到**一处**光。
2. 把最暗的东西放在它前面：
   - 一把椅子、一扇门、一只手
   - 或者什么也不放
     - 这更难
3. 等一等，只拍一张。

- [x] 装好胶卷
- [ ] 测光

### 用数字说

光随距离的平方减弱，$E = I / r^2$；表面偏转 $\\theta$ 时：

$$
E = \\frac{I}{r^2}\\,\\cos\\theta, \\qquad \\mathrm{EV} = \\log_2 \\frac{N^2}{t}
$$

\`\`\`typescript
/** 返回落在胶片上的光量。 */
export function exposureValue(aperture: number, seconds: number, speed = 100): number {
  const stops = Math.log2(aperture ** 2 / seconds);
  return stops - Math.log2(speed / 100); // 按胶片自己的感光度
}

console.log(\`EV \${exposureValue(16, 1 / 125).toFixed(1)}\`);
\`\`\`

> 被略去的，往往最先被看见。
>
> 要过一会儿才会发觉。

---

测光表~~从不~~很少说谎，只是问题问错了。

[^1]: 三角只是便于记忆，并不是定律：每个角还会改变别的东西，而[有些改变](https://example.org/blur)无法挽回。
[^2]: 价格均为虚构。`,
};

// Whoever comes first is the administrator: not one of the people below.
test.beforeAll(async ({ browser }) => {
  await (await newAdmin(browser, [])).context().close();
});

async function openAnswer(page: Page, question: string, content: string): Promise<void> {
  const made = await page.request.post('/api/conversations', { data: {}, headers: HEADERS });
  const { id } = (await made.json()) as { id: string };
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content, model_id: 'demo/demo-scribe' },
  ];
  await page.request.post(`/api/conversations/${id}/messages/import`, {
    data: { messages },
    headers: HEADERS,
  });
  await page.goto(`/c/${id}`);
}

for (const theme of ['light', 'dark'])
  for (const [language, content] of Object.entries(ANSWERS)) {
    test(`a long answer in ${language}, ${theme}`, async ({ page, context }) => {
      await prefer(context, { theme, language: language === 'zh' ? 'zh-CN' : 'en' });
      await signUp(page, '林月');
      await openAnswer(page, language === 'zh' ? '胶片怎样看光？' : 'How does a film see light?', content);
      // Colours and formulas come when there is time.
      await expect(page.locator('pre .tone-keyword').first()).toBeVisible();
      await expect(page.locator('.katex-display')).toBeVisible();
      await expect(page.locator('.formula > code')).toHaveCount(0);

      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 2300 });
        await page.evaluate(() => document.fonts.ready);
        await settle(page);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
        expect(await axeFindings(page)).toEqual([]);
        await shot(page, `prose-${language}-${theme}-${width}`);
      }
    });
  }

test('the first page loads no more script than agreed', async ({ page }) => {
  const html = await (await page.request.get('/')).text();
  let bytes = 0;
  for (const [, path = ''] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g))
    bytes += gzipSync(await (await page.request.get(path)).body(), { level: 9 }).length;
  expect(bytes).toBeGreaterThan(0);
  expect(bytes / 1024).toBeLessThanOrEqual(FIRST_LOAD_KIB);
});
