// Monaco's parts are imported for what they do; only its API has types.
declare module 'monaco-editor/esm/vs/*';
declare module 'monaco-graphql/esm/graphql.worker.js';
