import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const backend = process.env.LATENT_DEV_BACKEND ?? 'http://127.0.0.1:8500';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // No inline scripts: the page's Content-Security-Policy allows none.
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
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
