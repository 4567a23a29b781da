// Monaco as the console uses it: the languages, the theme. Loaded with the first editor, never before.
import './workers';
import * as monaco from 'monaco-editor/esm/vs/editor/edcore.main.js';
import 'monaco-editor/esm/vs/basic-languages/graphql/graphql.contribution.js';
import 'monaco-editor/esm/vs/basic-languages/yaml/yaml.contribution.js';
import 'monaco-editor/esm/vs/language/json/monaco.contribution.js';
import { token } from './token';

export { monaco };

export const THEME = 'conjoin';

/** Makes Monaco look like the rest. Monaco knows one theme at a time and no variables, so it is made anew when the theme changes. */
export function applyTheme(isDark: boolean) {
  const colour = (name: string) => token(name).slice(1);
  const hash = (name: string) => token(name);
  monaco.editor.defineTheme(THEME, {
    base: isDark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: 'keyword', foreground: colour('--code-keyword') },
      { token: 'type', foreground: colour('--code-type') },
      { token: 'type.identifier', foreground: colour('--code-type') },
      { token: 'string', foreground: colour('--code-string') },
      { token: 'string.key.json', foreground: colour('--code-variable') },
      { token: 'string.value.json', foreground: colour('--code-string') },
      { token: 'number', foreground: colour('--code-number') },
      { token: 'comment', foreground: colour('--fg-3') },
      { token: 'annotation', foreground: colour('--code-variable') },
      { token: 'key.identifier', foreground: colour('--fg') },
    ],
    colors: {
      'editor.background': hash('--panel'),
      'editor.foreground': hash('--fg'),
      'editorLineNumber.foreground': hash('--fg-3'),
      'editorLineNumber.activeForeground': hash('--fg-2'),
      'editorCursor.foreground': hash('--accent'),
      'editor.lineHighlightBackground': hash('--bg'),
      'editor.lineHighlightBorder': hash('--bg'),
      'editorWidget.background': hash('--raised'),
      'editorWidget.border': hash('--line'),
      'editorHoverWidget.background': hash('--raised'),
      'editorSuggestWidget.background': hash('--raised'),
      'editorSuggestWidget.border': hash('--line'),
      'editorIndentGuide.background1': hash('--line'),
      'input.background': hash('--panel'),
      'diffEditor.insertedLineBackground': `${hash('--ok')}14`,
      'diffEditor.insertedTextBackground': `${hash('--ok')}26`,
      'diffEditor.removedLineBackground': `${hash('--bad')}14`,
      'diffEditor.removedTextBackground': `${hash('--bad')}26`,
      focusBorder: hash('--accent'),
    },
  });
  monaco.editor.setTheme(THEME);
}
