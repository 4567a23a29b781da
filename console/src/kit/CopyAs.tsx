// What the page does, for those who would rather type or commit it: as a command, as YAML, as a request.
import { CodeBlock } from './CodeBlock';
import type { CodeLanguage } from './lexer';
import { Tabs } from './Tabs';

interface CopyAsProps {
  /** `conjoin …` */
  cli?: string;
  /** The entry of the metadata file. */
  yaml?: string;
  /** The body of `POST /v1/metadata`. */
  api?: unknown;
}

export function CopyAs({ cli, yaml, api }: CopyAsProps) {
  const all: { id: string; label: string; code: string | undefined; language: CodeLanguage }[] = [
    { id: 'cli', label: 'CLI', code: cli, language: 'shell' },
    { id: 'yaml', label: 'YAML', code: yaml, language: 'yaml' },
    { id: 'api', label: 'API', code: api === undefined ? undefined : JSON.stringify(api, null, 2), language: 'json' },
  ];
  const tabs = all.flatMap(({ id, label, code, language }) =>
    code === undefined ? [] : [{ id, label, content: <CodeBlock code={code} language={language} label={`as ${label}`} /> }],
  );
  return <Tabs label="Copy as" tabs={tabs} />;
}
