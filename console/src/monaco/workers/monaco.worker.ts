// Monaco's workers, which one being said by the worker's name. In one file, so that what they share is shipped once.

type Listener = ((event: MessageEvent) => void) | null;
const scope = globalThis as unknown as { name: string; onmessage: Listener };

const languages: Record<string, () => Promise<unknown>> = {
  graphql: () => import('monaco-graphql/esm/graphql.worker.js'),
  json: () => import('monaco-editor/esm/vs/language/json/json.worker.js'),
};
const editor = () => import('monaco-editor/esm/vs/editor/editor.worker.js');

// What is sent while the language is loaded would be lost.
const early: MessageEvent[] = [];
scope.onmessage = (event) => early.push(event);
void (languages[scope.name] ?? editor)().then(() => {
  // Each may put another listener in place of the last.
  for (const event of early) scope.onmessage?.(event);
});

export {};
