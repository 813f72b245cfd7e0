import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const backend = process.env.LATENT_DEV_BACKEND ?? 'http://127.0.0.1:8500';

/** Of the typesetter's fonts, the one format that every browser of today reads. */
const woff2Only: Plugin = {
  name: 'woff2-only',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('katex') || !/\.css(?:\?|$)/.test(id)) return undefined;
    return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, '');
  },
};

/** The page bears the name of its build, made of all it is built from: an open page sees when there is another. */
const namesItsBuild: Plugin = {
  name: 'names-its-build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { name: 'latent-build', content: nameBuild() }, injectTo: 'head' },
  ],
};

function nameBuild(): string {
  const hash = createHash('sha256');
  const folders = ['src', 'public'].flatMap((name) =>
    readdirSync(here(name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...folders, here('index.html'), here('package-lock.json')].sort()) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

export default defineConfig({
  plugins: [react(), tailwindcss(), woff2Only, namesItsBuild],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // No inline scripts: the page's Content-Security-Policy allows none.
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
  // The thread that reads code loads its grammars one by one.
  worker: { format: 'es' },
  server: { proxy: { '/api': backend, '/ws': { target: backend, ws: true } } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'jsdom',
          include: ['src/**/*.test.{ts,tsx}'],
          exclude: ['src/test/checks/**'],
          setupFiles: ['src/test/setup.ts'],
        },
      },
      { extends: true, test: { name: 'checks', environment: 'node', include: ['src/test/checks/**/*.test.ts'] } },
    ],
  },
});
