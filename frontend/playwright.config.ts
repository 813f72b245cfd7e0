import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const port = Number(process.env.LATENT_E2E_PORT ?? 8531);
const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const executablePath = process.env.CHROMIUM ?? found;
const sandboxPort = port + 1;
// One folder per run; the workers of a run inherit it.
process.env.LATENT_E2E_DATA ??= makeDataFolder();

/** A fresh installation whose operator added a provider and forgot its price. */
function makeDataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latent e2e '));
  const provider = [
    '[[providers]]',
    'name = "studio"',
    'kind = "openai"',
    `base_url = "http://127.0.0.1:${sandboxPort}/v1"`,
    'api_key = "sandbox"',
    'only_listed_models = true',
    '[[providers.models]]',
    'id = "demo-scribe"',
    'name = "Studio Draft"',
  ];
  writeFileSync(join(folder, 'config.toml'), provider.join('\n'), { mode: 0o600 });
  return folder;
}

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    // What is intercepted by tests is asked for by the page itself.
    serviceWorkers: 'block',
    baseURL: `http://127.0.0.1:${port}`,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1440, height: 1000 },
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // A microphone that beeps, for pages that are allowed one.
        '--use-fake-device-for-media-stream',
      ],
    },
  },
  // The shipped command, on an empty data folder, with the demo provider.
  webServer: {
    command: '../.venv/bin/python -m backend.cli serve',
    url: `http://127.0.0.1:${port}/readyz`,
    cwd: '.',
    timeout: 60_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    stdout: 'pipe',
    stderr: 'pipe',
    env: {
      PYTHONPATH: '..',
      LATENT_DATA_DIR: process.env.LATENT_E2E_DATA,
      LATENT_PORT: String(port),
      LATENT_SANDBOX: 'true',
      LATENT_SANDBOX_PORT: String(sandboxPort),
      LATENT_PROVIDER_ALLOWED_HOSTS: `127.0.0.1:${sandboxPort}`,
      LATENT_SIGN_IN_ATTEMPTS_PER_ADDRESS: '1000',
      LATENT_SIGN_UP_ATTEMPTS_PER_ADDRESS: '1000',
      LATENT_LOG_LEVEL: 'warning',
    },
  },
});
