import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { notices } from './scripts/notices.ts';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** GraphiQL's stylesheet has 35 fonts in it as base64. They are most of its size, and the console has its own. */
const withoutInlinedFonts: Plugin = {
  name: 'without-inlined-fonts',
  enforce: 'pre',
  transform(code, id) {
    if (/graphiql[^?]*\/dist\/style\.css/.test(id)) return code.replace(/@font-face\s*\{[^}]*\}/g, '');
    return undefined;
  },
};

/** The page has Prettier already; see QueryFormatting. */
const workersWithoutPrettier: Plugin = {
  name: 'workers-without-prettier',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('prettier/') ? source('monaco/workers/noPrettier.ts') : undefined),
};

/** The gateway writes `<base>` into the page it serves; the development server has to do the same. */
const base: Plugin = {
  name: 'base-element',
  apply: 'serve',
  transformIndexHtml: () => [{ tag: 'base', attrs: { href: '/console/' }, injectTo: 'head-prepend' }],
};

const { ofWorkers, ofAll } = notices();

const gateway = process.env['CONJOIN_URL'] ?? 'http://localhost:8080';

export default defineConfig(({ command }) => ({
  base: command === 'serve' ? '/console/' : './',
  plugins: [react(), withoutInlinedFonts, base, ofAll],
  resolve: {
    alias: [
      { find: 'monaco-editor/esm/vs/editor/edcore.main.js', replacement: source('monaco/edcore.ts') },
      { find: 'prettier/plugins/estree', replacement: source('monaco/prettierJson.ts') },
      { find: 'prettier/parser-babel', replacement: source('monaco/prettierJson.ts') },
      // GraphiQL asks for it under both of its names.
      { find: 'prettier/parser-graphql', replacement: 'prettier/plugins/graphql' },
    ],
  },
  worker: { format: 'es', plugins: () => [workersWithoutPrettier, ofWorkers] },
  // Inlined files would be data URLs, which the content security policy refuses.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      onwarn(warning, warn) {
        // GraphiQL's files keep directives of a compiler that mean nothing in a bundle.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  optimizeDeps: {
    include: [
      'graphiql',
      '@graphiql/toolkit',
      '@graphiql/plugin-explorer',
      'monaco-graphql/esm/graphql.worker.js',
      'monaco-editor/esm/vs/editor/editor.worker.js',
      'monaco-editor/esm/vs/language/json/json.worker.js',
    ],
  },
  server: {
    proxy: Object.fromEntries(['/v1', '/v1alpha1', '/api', '/healthz'].map((path) => [path, { target: gateway, changeOrigin: true }])),
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node', setupFiles: ['scripts/unitBrowser.ts'] },
}));
