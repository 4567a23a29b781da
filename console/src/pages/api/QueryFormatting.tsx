// "Format Document" of the query editor does what the button "Prettify" does, and with the same copy of Prettier. By itself, Monaco's
// worker for GraphQL would do it, with a copy of its own.
import { useGraphiQL, useMonaco } from '@graphiql/react';
import { useEffect } from 'react';

export function QueryFormatting() {
  const monaco = useMonaco((state) => state.monaco);
  const mode = useMonaco((state) => state.monacoGraphQL);
  const prettify = useGraphiQL((state) => state.onPrettifyQuery);
  useEffect(() => {
    if (!monaco || !mode) return undefined;
    mode.setModeConfiguration({ ...mode.modeConfiguration, documentFormattingEdits: false });
    const formatting = monaco.languages.registerDocumentFormattingEditProvider('graphql', {
      provideDocumentFormattingEdits: async (model) => [{ range: model.getFullModelRange(), text: await prettify(model.getValue()) }],
    });
    return () => formatting.dispose();
  }, [monaco, mode, prettify]);
  return null;
}
