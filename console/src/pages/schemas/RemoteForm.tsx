// The fields of a remote schema, when it is added and when it is changed.
import { useId, useState, type ReactNode } from 'react';
import type { Probe, RemoteSchemaDefinition } from '../../api/api';
import { Badge } from '../../kit/Badge';
import { FailurePanel } from '../../kit/ErrorPanel';
import { HeaderTable } from '../../kit/HeaderTable';
import { NumberField } from '../../kit/NumberField';
import { Select } from '../../kit/Select';
import { Switch } from '../../kit/Switch';
import { TextArea, TextField } from '../../kit/TextField';
import { addressOf, keptKeys, schemaSourceOf, withAddress, withSchemaSource, type AddressSource, type Draft, type SchemaSource } from './draft';
import { faultAt, faultsElsewhere, faultsOfEntries } from './faults';
import style from './RemoteForm.module.css';

export interface RemoteFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** The last answer about this draft, or about one before it. */
  probe?: Probe | undefined;
}

const ADDRESSES: { value: AddressSource; label: string }[] = [
  { value: 'url', label: 'URL' },
  { value: 'variable', label: 'From variable' },
];

/** Where the remote is. What stands behind the field is up to the page. */
export function AddressField({ draft, onChange, probe, children }: RemoteFormProps & { children?: ReactNode }) {
  const { definition } = draft;
  const { source, text } = addressOf(definition);
  const change = (source: AddressSource, text: string) => onChange({ ...draft, definition: withAddress(definition, source, text) });
  const faults = probe?.faults ?? [];
  return (
    <div className={style.address}>
      <Select label="Address" value={source} options={ADDRESSES} onChange={(source) => change(source, text)} className={style.source} />
      <TextField
        label={source === 'url' ? 'URL' : 'Variable with the URL'}
        isCode
        type={source === 'url' ? 'url' : 'text'}
        inputMode={source === 'url' ? 'url' : 'text'}
        placeholder={source === 'url' ? 'https://countries.example/graphql' : 'COUNTRIES_URL'}
        value={text}
        onChange={(text) => change(source, text)}
        error={text.trim() === '' ? undefined : (faultAt(faults, '/definition/url') ?? faultAt(faults, '/definition/url_from_env'))}
        hint={source === 'url' ? <Variables text={text} probe={probe} /> : <VariableState name={text.trim()} probe={probe} />}
      />
      {children}
    </div>
  );
}

/** Everything but the address and the name. */
export function ConnectionFields({ draft, onChange, probe }: RemoteFormProps) {
  const { definition, comment } = draft;
  const set = (change: Partial<RemoteSchemaDefinition>) => onChange({ ...draft, definition: { ...definition, ...change } });
  const faults = probe?.faults ?? [];
  const kept = keptKeys(definition);
  // Decided once: it must not fold while somebody empties the last field in it.
  const [isOpen] = useState(() => hasAdvanced(draft));
  return (
    <>
      <Part title="Headers" hint="Sent with every request. Secrets belong into variables of the server: the metadata then has only their names.">
        <HeaderTable
          label="Headers"
          headers={definition.headers ?? []}
          onChange={(headers) => set({ headers })}
          variables={probe?.variables}
          errors={faultsOfEntries(faults, '/definition/headers')}
        />
      </Part>
      <details className={style.advanced} open={isOpen}>
        <summary>Advanced</summary>
        <div className={style.fields}>
          <div className={style.row}>
            <NumberField
              label="Timeout"
              unit="seconds"
              min={1}
              value={definition.timeout_seconds ?? null}
              placeholder="60"
              onChange={(seconds) => set({ timeout_seconds: seconds ?? undefined })}
              error={faultAt(faults, '/definition/timeout_seconds')}
              hint="For a whole answer."
            />
            <TextField label="Comment" isOptional value={comment} onChange={(comment) => onChange({ ...draft, comment })} />
          </div>
          <Switch
            label="Forward client headers"
            hint="The headers of whoever calls Conjoin are passed on to the remote. Configured headers win."
            isOn={definition.forward_client_headers ?? false}
            onChange={(forward_client_headers) => set({ forward_client_headers })}
          />
          <Part title="Introspection headers" hint="Sent only when the schema is asked for; they win over headers of the same name.">
            <HeaderTable
              label="Introspection headers"
              headers={definition.introspection_headers ?? []}
              onChange={(introspection_headers) => set({ introspection_headers })}
              variables={probe?.variables}
              errors={faultsOfEntries(faults, '/definition/introspection_headers')}
            />
          </Part>
          <SchemaSourceFields draft={draft} onChange={onChange} probe={probe} />
          <ChangeFields definition={definition} set={set} error={faultAt(faults, '/definition/poll_interval_seconds')} />
          {kept.length > 0 && (
            <p className={style.note}>
              Kept as they are, since they are written in the metadata files: {kept.map((key) => <code key={key}>{key}</code>)}
            </p>
          )}
        </div>
      </details>
      {faultsElsewhere(faults, SHOWN).map(({ pointer, code, message, help }) => (
        <FailurePanel key={pointer + message} title="The definition is not right" code={code} message={message} place={pointer} help={help} />
      ))}
    </>
  );
}

/** Places of faults that have a field of their own. */
const SHOWN = ['/name', ...['url', 'url_from_env', 'headers', 'introspection_headers', 'timeout_seconds', 'poll_interval_seconds', 'schema_from'].map((key) => `/definition/${key}`)];

const SCHEMA_SOURCES: { value: SchemaSource; label: string; hint?: string }[] = [
  { value: 'introspection', label: 'The remote itself', hint: 'by introspection' },
  { value: 'sdl', label: 'SDL, pasted here' },
  { value: 'file', label: 'A file of the server' },
  { value: 'url', label: 'Another address' },
];

function SchemaSourceFields({ draft, onChange, probe }: RemoteFormProps) {
  const { source, text } = schemaSourceOf(draft.definition);
  const change = (source: SchemaSource, text: string) => onChange({ ...draft, definition: withSchemaSource(draft.definition, source, text) });
  const error = faultAt(probe?.faults ?? [], '/definition/schema_from');
  return (
    <div className={style.fields}>
      <Select
        label="Where the schema comes from"
        hint={source === 'introspection' ? 'If the remote has introspection switched off, paste its SDL or say where it is.' : undefined}
        value={source}
        options={SCHEMA_SOURCES}
        onChange={(source) => change(source, text)}
        className={style.narrow}
      />
      {source === 'sdl' && <TextArea label="SDL of the remote" isCode rows={10} value={text} onChange={(text) => change('sdl', text)} error={error} placeholder="type Query { … }" />}
      {(source === 'file' || source === 'url') && (
        <TextField
          label={source === 'file' ? 'Path on the server' : 'Address of the SDL'}
          isCode
          value={text}
          onChange={(text) => change(source, text)}
          error={error}
          placeholder={source === 'file' ? 'schemas/crm.graphql' : 'https://schemas.example/crm.graphql'}
        />
      )}
    </div>
  );
}

type WhenChanged = NonNullable<RemoteSchemaDefinition['on_schema_change']>;

const WHEN_CHANGED: { value: WhenChanged; label: string; hint: string }[] = [
  { value: 'apply', label: 'Serve it', hint: 'whatever it breaks' },
  { value: 'apply_if_safe', label: 'Serve it if nothing breaks', hint: 'hold it otherwise' },
  { value: 'hold', label: 'Hold it', hint: 'until somebody applies it' },
];

function ChangeFields({ definition, set, error }: { definition: RemoteSchemaDefinition; set: (change: Partial<RemoteSchemaDefinition>) => void; error: string | undefined }) {
  return (
    <div className={style.row}>
      <NumberField
        label="Look for another schema every"
        unit="seconds"
        min={1}
        value={definition.poll_interval_seconds ?? null}
        placeholder="never"
        error={error}
        onChange={(seconds) => set({ poll_interval_seconds: seconds ?? undefined })}
      />
      <Select label="When one is found" value={definition.on_schema_change ?? 'apply'} options={WHEN_CHANGED} onChange={(on_schema_change) => set({ on_schema_change })} />
    </div>
  );
}

function Part({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={style.part} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <p className={style.hint}>{hint}</p>
      {children}
    </section>
  );
}

/** The variables that stand in a URL. */
function Variables({ text, probe }: { text: string; probe: Probe | undefined }) {
  const names = [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name ?? '');
  if (names.length === 0) return 'Variables of the server may stand in it: {{COUNTRIES_URL}}/graphql';
  return names.map((name) => <VariableState key={name} name={name} probe={probe} />);
}

function VariableState({ name, probe }: { name: string; probe: Probe | undefined }) {
  const variable = probe?.variables.find((variable) => variable.name === name);
  if (!variable) return name === '' ? 'The name of a variable in the environment of the server.' : null;
  return (
    <span className={style.variable}>
      <code>{name}</code> {variable.is_set ? <Badge tone="ok">set on the server</Badge> : <Badge tone="bad">not set on the server</Badge>}
    </span>
  );
}

/** Whether something in the folded part is worth seeing at once. */
function hasAdvanced({ comment, definition }: Draft): boolean {
  const { timeout_seconds, forward_client_headers, introspection_headers = [], schema_from, poll_interval_seconds, on_schema_change } = definition;
  const given = [timeout_seconds, forward_client_headers, schema_from, poll_interval_seconds, on_schema_change, comment.trim()];
  return given.some(Boolean) || introspection_headers.length > 0;
}
