// The operation as a program: a plugin of GraphiQL.
import { useGraphiQL, type GraphiQLPlugin } from '@graphiql/react';
import { Code2 } from 'lucide-react';
import { useState } from 'react';
import { gatewayUrl } from '../../app/base';
import { useSession } from '../../app/session/session';
import { CodeBlock } from '../../kit/CodeBlock';
import type { CodeLanguage } from '../../kit/lexer';
import { Select } from '../../kit/Select';
import style from './ApiExplorer.module.css';
import { headersOf } from './fetcher';
import { curl, headerOf, javascript, python, rust, type Operation } from './snippets';
import { variablesOf } from './variables';

const LANGUAGES = {
  curl: { label: 'curl', write: curl, colours: 'shell' },
  javascript: { label: 'JavaScript (fetch)', write: javascript, colours: 'text' },
  python: { label: 'Python', write: python, colours: 'text' },
  rust: { label: 'Rust (reqwest)', write: rust, colours: 'text' },
} satisfies Record<string, { label: string; write: (operation: Operation) => string; colours: CodeLanguage }>;

type Language = keyof typeof LANGUAGES;
const OPTIONS: { value: Language; label: string }[] = [
  { value: 'curl', label: LANGUAGES.curl.label },
  { value: 'javascript', label: LANGUAGES.javascript.label },
  { value: 'python', label: LANGUAGES.python.label },
  { value: 'rust', label: LANGUAGES.rust.label },
];

export const codePlugin: GraphiQLPlugin = { title: 'Code', icon: () => <Code2 />, content: CodeExport };

function CodeExport() {
  const [language, setLanguage] = useState<Language>('curl');
  // Watched, because the headers are the session's.
  useSession();
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]);
  const { label, write, colours } = LANGUAGES[language];
  const operation = operationOf(tab);
  return (
    <section className={style.code} aria-label="Code">
      <div className="graphiql-doc-explorer-title">Code</div>
      <Select label="Language" value={language} onChange={setLanguage} options={OPTIONS} />
      {operation ? (
        <>
          <CodeBlock code={write(operation)} language={colours} label={`operation as ${label}`} maxHeight={560} />
          <p>Secrets are read from environment variables.</p>
        </>
      ) : (
        <p>Variables and headers have to be JSON before there is a program.</p>
      )}
    </section>
  );
}

interface Texts {
  query: string | null;
  variables?: string | null;
  headers?: string | null;
  operationName: string | null;
}

function operationOf(tab: Texts | undefined): Operation | null {
  try {
    const headers = headersOf(variablesOf(tab?.headers ?? undefined));
    headers.delete('x-conjoin-source');
    headers.delete('accept');
    return {
      url: gatewayUrl('v1/graphql'),
      query: tab?.query ?? '',
      variables: variablesOf(tab?.variables ?? undefined),
      operationName: tab?.operationName ?? null,
      headers: [...headers].map(([name, value]) => headerOf(name, value)),
    };
  } catch {
    return null;
  }
}
