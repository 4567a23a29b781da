// GraphiQL's editors in the font of all others. Monaco measures letters, so a style sheet would put the cursor beside them.
import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import { EDITOR_OPTIONS } from '../../kit/editorOptions';

export function EditorFont() {
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const headers = useGraphiQL((state) => state.headerEditor);
  const response = useGraphiQL((state) => state.responseEditor);
  useEffect(() => {
    const { fontFamily, fontSize, lineHeight } = EDITOR_OPTIONS;
    // Letters of a font that is still on its way have the widths of another one.
    void document.fonts.load(`${fontSize}px 'JetBrains Mono'`).finally(() => {
      for (const editor of [query, variables, headers, response]) editor?.updateOptions({ fontFamily, fontSize, lineHeight });
    });
  }, [query, variables, headers, response]);
  return null;
}
