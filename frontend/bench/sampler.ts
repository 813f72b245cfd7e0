import type { Page } from '@playwright/test';

/** What was seen in the frames between two moments. */
export interface Frames {
  seconds: number;
  /** How long each frame took, in ms. */
  spans: number[];
  /** Frames in which a part of the message area was empty that should not have been. */
  blank: number;
  /** Frames after which the newest message had changed. */
  flushes: number;
  nodesMax: number;
}

interface Sampler {
  start: (looksForBlanks: boolean) => void;
  stop: () => Frames;
}

declare global {
  interface Window {
    sampler: Sampler;
  }
}

/** Put a sampler into every page that is opened from now on. */
export async function installSampler(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const BLANK_PX = 100; // more than any margin
    let frames: Frames = { seconds: 0, spans: [], blank: 0, flushes: 0, nodesMax: 0 };
    let begun = 0;
    let last = 0;
    let running = 0;
    let changed = false;
    let blanks = false;
    const watcher = new MutationObserver(() => {
      changed = true;
    });

    const isBlank = (): boolean => {
      const area = document.querySelector('main section');
      if (!area) return false;
      const { top, bottom } = area.getBoundingClientRect();
      const rows = [...area.querySelectorAll('[data-message]')]
        .filter((row) => getComputedStyle(row).visibility === 'visible')
        .map((row) => row.getBoundingClientRect())
        .sort((a, b) => a.top - b.top);
      let covered = top;
      for (const row of rows) {
        if (row.top > covered + BLANK_PX) return true;
        covered = Math.max(covered, row.bottom);
      }
      return covered < bottom - BLANK_PX;
    };
    const look = (): void => {
      if (blanks && isBlank()) frames.blank++;
      if (blanks) frames.nodesMax = Math.max(frames.nodesMax, document.getElementsByTagName('*').length);
    };
    const tick =
      (run: number) =>
      (now: number): void => {
        if (run !== running) return;
        if (last) frames.spans.push(now - last);
        last = now;
        if (changed) frames.flushes++;
        changed = false;
        if (blanks) {
          // After the frame was painted: this is what was to be seen.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = look;
          port2.postMessage(null);
        }
        requestAnimationFrame(tick(run));
      };
    window.sampler = {
      start: (looksForBlanks) => {
        frames = { seconds: 0, spans: [], blank: 0, flushes: 0, nodesMax: 0 };
        blanks = looksForBlanks;
        begun = performance.now();
        last = 0;
        running++;
        const area = document.querySelector('main section');
        if (area) watcher.observe(area, { subtree: true, childList: true, characterData: true });
        requestAnimationFrame(tick(running));
      },
      stop: () => {
        running++;
        watcher.disconnect();
        return { ...frames, seconds: (performance.now() - begun) / 1000 };
      },
    };
  });
}

export const startSampling = (page: Page, looksForBlanks: boolean): Promise<void> =>
  page.evaluate((looks) => window.sampler.start(looks), looksForBlanks);

export const stopSampling = (page: Page): Promise<Frames> => page.evaluate(() => window.sampler.stop());

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
