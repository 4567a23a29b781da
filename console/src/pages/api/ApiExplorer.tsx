// GraphiQL, as the console uses it. The only place that knows it.
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './graphiql.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTheme } from '../../app/theme';
import { THEME, applyTheme } from '../../monaco/monaco';
import style from './ApiExplorer.module.css';
import { codePlugin } from './CodeExport';
import { EditorFont } from './EditorFont';
import { createFetcher, type Run } from './fetcher';
import { applyGraphiqlTheme } from './graphiqlTheme';
import { QueryFormatting } from './QueryFormatting';
import { ResponsePanes, type Pane } from './ResponsePanes';
import { SchemaRefresh } from './SchemaRefresh';
import { ShareButton } from './ShareButton';

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false }), codePlugin];
const EDITOR_THEME = { dark: THEME, light: THEME };

const FIRST_QUERY = `# Operations are sent as the role at the top right.
# Ctrl+Enter runs, Ctrl+Space completes, Ctrl+M lets Tab leave the editor.

query {
  __typename
}
`;

interface ApiExplorerProps {
  /** Opened in a tab of its own. */
  query?: string;
  variables?: string;
  operationName?: string;
}

export function ApiExplorer({ query, variables, operationName }: ApiExplorerProps) {
  const { isDark } = useTheme();
  const [runs, setRuns] = useState<Record<string, Run>>({});
  const [pane, setPane] = useState<Pane>('response');
  const activeTab = useRef('');
  const setActiveTab = useCallback((id: string) => {
    activeTab.current = id;
  }, []);
  const fetcher = useMemo(() => createFetcher((run) => setRuns((runs) => ({ ...runs, [activeTab.current]: run }))), []);

  // Before GraphiQL is shown, and again when the theme changes.
  useLayoutEffect(() => {
    applyTheme(isDark);
    applyGraphiqlTheme();
  }, [isDark]);

  return (
    <div className={style.explorer} data-pane={pane}>
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        forcedTheme={isDark ? 'dark' : 'light'}
        editorTheme={EDITOR_THEME}
        shouldPersistHeaders={false}
        showPersistHeadersSettings={false}
        defaultQuery={FIRST_QUERY}
        initialQuery={query}
        initialVariables={variables}
        inputValueDeprecation
      >
        <GraphiQL.Logo>
          <EditorFont />
          <QueryFormatting />
          <SchemaRefresh operationName={operationName} />
        </GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, merge, copy }) => (
            <>
              {prettify}
              {merge}
              {copy}
              <ShareButton />
            </>
          )}
        </GraphiQL.Toolbar>
        <GraphiQL.Footer>
          <ResponsePanes runs={runs} pane={pane} onPane={setPane} onTab={setActiveTab} />
        </GraphiQL.Footer>
      </GraphiQL>
    </div>
  );
}
