// Tries a relationship with keys of real objects, and shows what was asked and what came of it. Nothing is changed by it.
import { useMutation } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import type { RelationshipTest, RelationshipTestArguments, UpstreamRequest } from '../../api/api';
import { ask } from '../../api/client';
import { Button } from '../../kit/Button';
import { CodeBlock } from '../../kit/CodeBlock';
import { DataTable } from '../../kit/DataTable';
import { ErrorPanel, FailurePanel } from '../../kit/ErrorPanel';
import { RemoteChip } from '../../kit/RemoteChip';
import { TextArea, TextField } from '../../kit/TextField';
import { isObject } from './mapping';
import { useOperationText } from './operationText';
import style from './LiveTest.module.css';

interface LiveTestProps {
  args: RelationshipTestArguments;
  /** The fields whose values are the key. */
  keys: string[];
  openArguments: string[];
  /** Whether there is anything to try. */
  isReady: boolean;
}

export function LiveTest({ args, keys, openArguments, isReady }: LiveTestProps) {
  const [selection, setSelection] = useState('');
  const [given, setGiven] = useState('');
  const { mutate, data, error, isPending } = useMutation({ mutationFn: (args: RelationshipTestArguments) => ask('test_relationship', args) });
  const [keyText, setKeyText] = useState('');
  const [flaw, setFlaw] = useState<string | null>(null);
  const example = JSON.stringify([Object.fromEntries(keys.map((key) => [key, 1]))]);
  const run = () => {
    const read = readKeys(keyText);
    setFlaw(typeof read === 'string' ? read : null);
    if (typeof read !== 'string') mutate({ ...args, keys: read, selection: selection || null, arguments: given || null });
  };
  return (
    <div className={style.test}>
      <p className={style.hint}>Takes the keys of a few objects and asks the remote schemas for what belongs to them.</p>
      <details className={style.options} open={flaw !== null || data?.failure ? true : undefined}>
        <summary>What to ask for</summary>
        <div className={style.fields}>
          {keys.length > 0 && (
            <TextArea
              label="Keys"
              isOptional
              isCode
              rows={2}
              placeholder={example}
              value={keyText}
              onChange={setKeyText}
              error={flaw}
              hint={`As JSON: ${example}. Those of a few objects when empty.`}
            />
          )}
          <TextField label="Selection" isOptional isCode placeholder="{ id name }" value={selection} onChange={setSelection} hint="All plain fields when empty." />
          {openArguments.length > 0 && (
            <TextField label="Arguments" isOptional isCode placeholder={`${openArguments[0]}: …`} value={given} onChange={setGiven} hint={`Those that clients give: ${openArguments.join(', ')}.`} />
          )}
        </div>
      </details>
      <div>
        <Button icon={<FlaskConical />} isBusy={isPending} disabled={!isReady} onClick={run}>
          Test on live data
        </Button>
        {!isReady && <p className={style.hint}>What is wrong has to be right first.</p>}
      </div>
      <div aria-live="polite">
        {error && <ErrorPanel title="It could not be tried" error={error} />}
        {data && <Result test={data} />}
      </div>
    </div>
  );
}

/** The keys that were typed; undefined when none were, a text when they cannot be read. */
function readKeys(text: string): Record<string, unknown>[] | undefined | string {
  if (text.trim() === '') return undefined;
  try {
    const keys: unknown = JSON.parse(text);
    return Array.isArray(keys) && keys.every(isObject) ? keys : 'Keys are a list of objects.';
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function Result({ test: { ok, failure, rows, errors, requests, ms } }: { test: RelationshipTest }) {
  if (failure) return <FailurePanel title="It could not be tried" code={failure.code} message={failure.message} help={failure.help} />;
  const found = rows.filter(({ value }) => value !== null).length;
  return (
    <div className={style.result}>
      <p>
        <strong>{ok ? 'It works.' : 'There were errors.'}</strong> {rows.length} {rows.length === 1 ? 'key' : 'keys'}, {found} with a value, {requests.length}{' '}
        {requests.length === 1 ? 'request' : 'requests'}, {milliseconds(ms)}.
      </p>
      {errors.length > 0 && <CodeBlock code={JSON.stringify(errors, null, 2)} language="json" label="the errors" maxHeight={200} />}
      {rows.length > 0 && <Rows rows={rows} />}
      {requests.length > 0 && <Requests requests={requests} />}
    </div>
  );
}

function Rows({ rows }: Pick<RelationshipTest, 'rows'>) {
  return (
    <DataTable caption="Keys and what belongs to them">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, value }) => (
          <tr key={JSON.stringify(key)}>
            <td className={style.key}>
              {Object.entries(key).map(([name, value]) => (
                <code key={name}>
                  {name}: {JSON.stringify(value)}
                </code>
              ))}
            </td>
            <td className={style.value}>{value === null ? <em>null</em> : <code>{JSON.stringify(value)}</code>}</td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

function Requests({ requests }: { requests: UpstreamRequest[] }) {
  return (
    <ul className={style.requests} aria-label="Requests">
      {requests.map(({ remote_schema, query, variables, status, ms, bytes, error }, index) => (
        <li key={index}>
          <details>
            <summary>
              <RemoteChip name={remote_schema} /> <span className={style.fact}>{status === null ? 'no answer' : `status ${status}`}</span>
              <span className={style.fact}>{milliseconds(ms)}</span>
              <span className={style.fact}>{bytes} bytes</span>
            </summary>
            {error && <p className={style.error}>{error}</p>}
            <Operation text={query} label={`the request to ${remote_schema}`} />
            {variables !== null && <CodeBlock code={JSON.stringify(variables, null, 2)} language="json" label="its variables" maxHeight={160} />}
          </details>
        </li>
      ))}
    </ul>
  );
}

function Operation({ text, label }: { text: string; label: string }) {
  return <CodeBlock code={useOperationText(text)} language="graphql" label={label} maxHeight={260} />;
}

const milliseconds = (ms: number) => `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
