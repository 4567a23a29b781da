// How Monaco finds its workers. Imported before Monaco itself.
import type { Environment } from 'monaco-editor/esm/vs/editor/editor.api.js';

const environment: Environment = {
  // `new URL(…)` has to stand inside `new Worker(…)`, or the bundler does not see a worker.
  getWorker: (_id, label) => new Worker(new URL('./workers/monaco.worker.ts', import.meta.url), { type: 'module', name: label }),
};

Object.assign(globalThis, { MonacoEnvironment: environment });
