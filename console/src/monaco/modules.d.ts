// Monaco's parts are imported for what they do; only its API has types.
declare module 'monaco-editor/esm/vs/editor/edcore.main.js' {
  export * from 'monaco-editor/esm/vs/editor/editor.api.js';
}
declare module 'monaco-editor/esm/vs/basic-languages/*';
declare module 'monaco-editor/esm/vs/language/*';
declare module 'monaco-editor/esm/vs/editor/editor.worker.js';
declare module 'monaco-graphql/esm/graphql.worker.js';
