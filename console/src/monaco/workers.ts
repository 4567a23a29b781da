// How Monaco finds its workers. Imported before Monaco itself.
import type { Environment } from 'monaco-editor/esm/vs/editor/editor.api.js';

// `new URL(…)` has to stand inside `new Worker(…)`, or the bundler does not see a worker.
const create = {
  graphql: () => new Worker(new URL('./workers/graphql.worker.ts', import.meta.url), { type: 'module', name: 'graphql' }),
  json: () => new Worker(new URL('./workers/json.worker.ts', import.meta.url), { type: 'module', name: 'json' }),
  editor: () => new Worker(new URL('./workers/editor.worker.ts', import.meta.url), { type: 'module', name: 'editor' }),
};

const environment: Environment = {
  getWorker: (_id, label) => (label === 'graphql' ? create.graphql : label === 'json' ? create.json : create.editor)(),
};

Object.assign(globalThis, { MonacoEnvironment: environment });
