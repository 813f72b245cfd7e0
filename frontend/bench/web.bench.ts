import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from '@playwright/test';
import { expect, myId, send, setCredits, signUp, test } from '../e2e/support';
import { type Frames, installSampler, median, round, startSampling, stopSampling } from './sampler';
import { countTokens, endless, longAnswer, pastMessages } from './texts';

const HEADERS = { 'Sec-Fetch-Site': 'same-origin' };
const MESSAGES = 5_000;
const BATCH = 100;
const TOKENS = Number(process.env.BENCH_TOKENS ?? 20_000);
const TOKENS_PER_S = Number(process.env.BENCH_SPEED ?? 200);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const sandbox = `http://127.0.0.1:${Number(process.env.LATENT_E2E_PORT ?? 8531) + 1}`;
const results = new URL('../../benchmarks/results/web.json', import.meta.url);

const area = (page: Page) => page.getByRole('region', { name: /^(消息|Messages)$/ });
const newest = (page: Page) => area(page).getByText(`Answer no. ${MESSAGES}.`);
const answer = (page: Page) => page.getByRole('article', { name: /^(回答|Answer)$/ }).last();

async function makeConversation(page: Page): Promise<string> {
  const made = await page.request.post('/api/conversations', { data: {}, headers: HEADERS });
  const { id } = (await made.json()) as { id: string };
  for (let from = 1; from <= MESSAGES; from += BATCH) {
    const response = await page.request.post(`/api/conversations/${id}/messages/import`, {
      data: { messages: pastMessages(from, BATCH) },
      headers: HEADERS,
    });
    expect(response.status()).toBe(201);
  }
  return id;
}

async function orderAnswer(page: Page, text: string, tokensPerS: number): Promise<void> {
  const data = { answer: text, tokens_per_s: tokensPerS, first_delay_s: 0.5 };
  expect((await page.request.post(`${sandbox}/_sandbox/faults`, { data })).status()).toBe(204);
}

/** Resolve once the newest message is painted, and the page answers to a key. */
async function isReady(page: Page): Promise<void> {
  await expect(newest(page)).toBeInViewport({ timeout: 30_000 });
  await page.getByRole('textbox', { name: /^(消息|Message)$/ }).fill('x');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Open the conversation from nothing, as with a reload; returns the milliseconds until it is ready. */
async function openFresh(page: Page, path: string): Promise<number> {
  await page.goto('about:blank');
  const start = performance.now();
  await page.goto(path, { waitUntil: 'commit' });
  await isReady(page);
  return performance.now() - start;
}

/** Scroll back until the first message is loaded; returns how many pages that took. */
async function loadAll(page: Page): Promise<number> {
  const older = page.getByRole('button', { name: /^(更早的消息|Earlier messages)$/ });
  let pages = 0;
  page.on('response', (response) => {
    if (response.url().includes('before_id=')) pages++;
  });
  while ((await older.count()) > 0) {
    await area(page).evaluate((element) => element.scrollTo(0, 0));
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  }
  await area(page).evaluate((element) => element.scrollTo(0, 0));
  await expect(area(page).getByText('Question no. 1:')).toBeVisible();
  return pages;
}

/** Leave the conversation with all its messages loaded, and come back; returns the milliseconds until it is ready. */
async function comeBack(page: Page, id: string): Promise<number> {
  await page.keyboard.press('Control+k');
  await expect(page).toHaveURL(/\/$/);
  const start = performance.now();
  await page.locator(`a[href="/c/${id}"]`).first().click();
  await isReady(page);
  return performance.now() - start;
}

/** Go to another place at once. Between two frames, not after a frame's work is done: that would be seen a frame later. */
async function jump(page: Page, place: number): Promise<void> {
  await area(page).evaluate(
    (element, share) =>
      new Promise<void>((done) => {
        requestAnimationFrame(() =>
          setTimeout(() => {
            element.scrollTop = element.scrollHeight * share;
            setTimeout(done, 300);
          }, 4),
        );
      }),
    place,
  );
}

/** Scroll as people do, far and fast, and look for holes. */
async function scrollAbout(page: Page, session: CDPSession): Promise<Frames> {
  const box = await area(page).boundingBox();
  const at = { x: (box?.x ?? 0) + 300, y: (box?.y ?? 0) + 300 };
  await startSampling(page, true);
  for (const yDistance of [12_000, -6_000, 20_000, -20_000])
    await session.send('Input.synthesizeScrollGesture', {
      ...at,
      yDistance,
      speed: 6_000,
      preventFling: true,
    });
  for (const place of [0.5, 0.1, 0.9, 0]) await jump(page, place);
  return stopSampling(page);
}

const PARTS = {
  all: 'TaskDuration',
  script: 'ScriptDuration',
  style: 'RecalcStyleDuration',
  layout: 'LayoutDuration',
};
type Costs = Record<keyof typeof PARTS, number>;

/** Read how many milliseconds of processor time the page's main thread has taken so far, and for what. */
async function readCosts(session: CDPSession): Promise<Costs> {
  const { metrics } = await session.send('Performance.getMetrics');
  const ms = (part: string): number => 1000 * (metrics.find(({ name }) => name === part)?.value ?? 0);
  return { all: ms(PARTS.all), script: ms(PARTS.script), style: ms(PARTS.style), layout: ms(PARTS.layout) };
}

interface Stretch {
  frames: Frames;
  perFlush: Costs;
}

/** Watch a growing answer for a while: the main thread's whole work, divided by how often the text grew. */
async function watchStretch(page: Page, session: CDPSession, seconds: number): Promise<Stretch> {
  const before = await readCosts(session);
  await startSampling(page, false);
  await page.waitForTimeout(seconds * 1000);
  const frames = await stopSampling(page);
  const after = await readCosts(session);
  const share = (part: keyof Costs): number =>
    round((after[part] - before[part]) / Math.max(frames.flushes, 1), 2);
  return {
    frames,
    perFlush: { all: share('all'), script: share('script'), style: share('style'), layout: share('layout') },
  };
}

const shownTokens = async (page: Page): Promise<number> =>
  countTokens(await answer(page).evaluate((element) => element.textContent ?? ''));

const NOTHING: Costs = { all: 0, script: 0, style: 0, layout: 0 };

interface Streamed {
  fps: number;
  over50: number;
  early: Costs;
  late: Costs;
  longest: number;
}

/** Ask for a long answer, and watch it in stretches from its first thousand tokens to its end. */
async function stream(page: Page, session: CDPSession, text: string): Promise<Streamed> {
  const tokens = countTokens(text);
  await orderAnswer(page, text, TOKENS_PER_S);
  await send(page, 'Go on');
  await expect(answer(page)).toHaveAttribute('aria-busy', 'true');
  await expect.poll(() => shownTokens(page), { intervals: [200], timeout: 60_000 }).toBeGreaterThan(500);
  const seconds = 5;
  const stretches: Stretch[] = [];
  const rest = Math.floor((tokens / TOKENS_PER_S - 4) / seconds) - 1;
  for (let count = 0; count < rest; count++) stretches.push(await watchStretch(page, session, seconds));
  await expect(answer(page)).toHaveAttribute('aria-busy', 'false', { timeout: 120_000 });
  const spans = stretches.flatMap(({ frames }) => frames.spans);
  return {
    fps: round((spans.length / spans.reduce((sum, span) => sum + span, 0)) * 1000),
    over50: spans.filter((span) => span > 50).length,
    longest: round(Math.max(...spans)),
    early: stretches[0]?.perFlush ?? NOTHING,
    late: stretches.at(-1)?.perFlush ?? NOTHING,
  };
}

/** Bytes of JavaScript, compressed, that a page fetches before anything is asked of it. */
async function firstLoadKib(page: Page): Promise<number> {
  const html = await (await page.request.get('/')).text();
  let bytes = 0;
  for (const [, path] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g))
    bytes += gzipSync(await (await page.request.get(path ?? '')).body(), { level: 9 }).length;
  return round(bytes / 1024);
}

test('the browser under a long conversation and a long answer', async ({ page }) => {
  await signUp(page, 'Bench');
  await setCredits(page, await myId(page), 1_000_000_000);
  await installSampler(page);
  const id = await makeConversation(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await orderAnswer(page, 'Ready.', 200);

  const fresh: number[] = [];
  for (let round = 0; round < ROUNDS; round++) fresh.push(await openFresh(page, `/c/${id}`));
  const pages = await loadAll(page);
  const back: number[] = [];
  for (let round = 0; round < ROUNDS; round++) back.push(await comeBack(page, id));
  const scrolled = await scrollAbout(page, session);
  await comeBack(page, id);
  const nodes = await page.evaluate(() => document.getElementsByTagName('*').length);

  const streamed: Streamed[] = [];
  for (let round = 0; round < ROUNDS; round++) streamed.push(await stream(page, session, longAnswer(TOKENS)));
  const endlessRatios: Record<string, number> = {};
  if (process.env.BENCH_KINDS !== '0')
    for (const kind of ['list', 'table', 'quote', 'paragraph', 'code'] as const) {
      const { early, late } = await stream(page, session, endless(kind, TOKENS));
      endlessRatios[kind] = round(late.all / early.all, 2);
    }

  const result = {
    fps: median(streamed.map((each) => each.fps)),
    frames_over_50ms: median(streamed.map((each) => each.over50)),
    longest_frame_ms: median(streamed.map((each) => each.longest)),
    flush_cost_ratio_20k_to_1k: round(median(streamed.map(({ late, early }) => late.all / early.all)), 2),
    flush_cpu_ms_1k: streamed[0]?.early,
    flush_cpu_ms_20k: streamed[0]?.late,
    endless_block_ratio: endlessRatios,
    ready_5000_ms: round(Math.max(median(fresh), median(back))),
    ready_fresh_ms: round(median(fresh)),
    ready_all_loaded_ms: round(median(back)),
    pages_loaded: pages,
    dom_nodes: Math.max(nodes, scrolled.nodesMax),
    blank_frames: scrolled.blank,
    scroll_frames: scrolled.spans.length,
    scroll_fps: round((scrolled.spans.length / scrolled.spans.reduce((sum, span) => sum + span, 0)) * 1000),
    first_load_js_kib: await firstLoadKib(page),
    rounds: ROUNDS,
    tokens: TOKENS,
    tokens_per_s: TOKENS_PER_S,
    cores: cpus().length,
    load_average: loadavg().map((value) => round(value, 2)),
  };
  writeFileSync(results, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
});
