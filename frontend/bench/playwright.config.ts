import { defineConfig } from '@playwright/test';
import base from '../playwright.config';

/** The same product and the same browser as the tests, with time enough to measure. */
export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../test-results/bench',
  timeout: 30 * 60_000,
  webServer: base.webServer && !Array.isArray(base.webServer) ? { ...base.webServer, cwd: '..' } : undefined,
});
