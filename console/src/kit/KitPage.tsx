// Every component of the kit, to look at while it is changed. Only in development.
import { Ellipsis, Plug, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Header } from '../api/api';
import { GatewayError } from '../api/client';
import { Badge } from './Badge';
import { Button, ButtonLink } from './Button';
import { Card } from './Card';
import { Checkbox } from './Checkbox';
import { CodeBlock } from './CodeBlock';
import { CodeEditor } from './CodeEditor';
import { Combobox, type ComboboxOption } from './Combobox';
import { ConfirmDialog } from './ConfirmDialog';
import { CopyAs } from './CopyAs';
import { DataTable } from './DataTable';
import { DiffView } from './DiffView';
import { EmptyState } from './EmptyState';
import { ErrorPanel } from './ErrorPanel';
import { HeaderTable } from './HeaderTable';
import { HealthPill, RemoteHealth } from './HealthPill';
import { IconButton } from './IconButton';
import style from './KitPage.module.css';
import { Menu } from './Menu';
import { NumberField } from './NumberField';
import { PageHeader } from './PageHeader';
import { RadioGroup } from './RadioGroup';
import { RemoteChip } from './RemoteChip';
import { SchemaTree } from './SchemaTree';
import { Select } from './Select';
import { Skeleton, Spinner } from './Spinner';
import { Switch } from './Switch';
import { Tabs } from './Tabs';
import { TextArea, TextField } from './TextField';
import { VisuallyHidden } from './VisuallyHidden';
import { tickOf, withTick, type TreeNode } from './treeModel';

const REMOTES = ['countries', 'weather', 'rates', 'places', 'orders', 'users', 'products', 'payments', 'reviews', 'shipping'];
const QUERY = 'query GetTrip($code: ID!) {\n  country(code: $code) { # joined\n    name\n    weather { temperature }\n  }\n}';
const YAML = '- name: weather\n  definition:\n    url: "{{WEATHER_URL}}"\n    timeout_seconds: 20 # slow\n    forward_client_headers: true';

const OPTIONS: ComboboxOption[] = Array.from({ length: 5000 }, (_, index) => ({
  value: `Type${index}`,
  label: `Type${index}`,
  hint: index % 3 === 0 ? 'object' : 'interface',
  disabledReason: index % 7 === 3 ? 'It has no field that could be a key.' : undefined,
}));

const TREE: TreeNode[] = [
  {
    id: 'Query',
    label: 'Query',
    children: [
      {
        id: 'Query.country',
        label: 'country',
        detail: 'Country',
        children: [
          { id: 'code', label: 'code', detail: 'ID!' },
          { id: 'lang', label: 'lang', detail: 'String', disabledReason: 'Only for administrators' },
        ],
      },
      { id: 'Query.countries', label: 'countries', detail: '[Country!]!' },
    ],
  },
  { id: 'Country', label: 'Country', isLazy: true },
  { id: 'Broken', label: 'Broken', isLazy: true },
  { id: 'Many', label: 'Many', children: Array.from({ length: 3000 }, (_, index) => ({ id: `Many.${index}`, label: `field${index}`, detail: 'String' })) },
];

async function loadChildren({ id }: TreeNode): Promise<TreeNode[]> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (id === 'Broken') throw new GatewayError(0, 'unreachable', 'the gateway does not answer');
  return ['name', 'capital', 'currency'].map((name) => ({ id: `${id}.${name}`, label: name, detail: 'String!' }));
}

export function KitPage() {
  return (
    <>
      <PageHeader
        title="Kit"
        badge={<RemoteChip name="weather" />}
        description="Every component, to look at in both themes and to use by keyboard."
        crumbs={[{ label: 'Overview', to: '/' }]}
        actions={
          <>
            <Button icon={<RefreshCw />}>Reload</Button>
            <Button kind="primary" icon={<Plus />}>
              Add a remote schema
            </Button>
          </>
        }
      />
      <div className={style.grid}>
        <Part title="Buttons">
          <Buttons />
        </Part>
        <Part title="Names and states">
          <div className={style.row}>
            {REMOTES.map((name) => (
              <RemoteChip key={name} name={name} />
            ))}
          </div>
          <div className={style.row}>
            <RemoteHealth health="healthy" detail="41 ms" />
            <RemoteHealth health="stale" />
            <RemoteHealth health="inconsistent" />
            <HealthPill state="none" label="no remote schemas" />
          </div>
          <div className={style.row}>
            <Badge>object</Badge>
            <Badge tone="accent">list batch</Badge>
            <Badge tone="ok">set</Badge>
            <Badge tone="warn">nullable</Badge>
            <Badge tone="bad">not set</Badge>
          </div>
        </Part>
        <Part title="Fields">
          <Fields />
        </Part>
        <Part title="Choices">
          <Choices />
        </Part>
        <Part title="Failures">
          <ErrorPanel
            title="Could not save the relationship"
            error={new GatewayError(400, 'invalid-configuration', 'argument "name" needs String!, but Country.population is Float', '$.args.definition')}
            help="Choose a field of type String: capital, name."
            actions={<Button size="small">Choose capital</Button>}
          />
          <ErrorPanel error={new GatewayError(0, 'unreachable', 'the gateway does not answer')} />
        </Part>
        <Part title="Trees">
          <Trees />
        </Part>
        <Part title="Headers">
          <Headers />
        </Part>
        <Part title="Code">
          <CodeBlock code={QUERY} language="graphql" label="query" />
          <CopyAs cli={'conjoin schema add weather --url "$WEATHER_URL" # asks it'} yaml={YAML} api={{ type: 'reload_remote_schema', args: { name: 'weather' } }} />
        </Part>
        <Card title="Table" isFlush>
          <DataTable caption="Remote schemas">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Health</th>
                <th scope="col" data-number>
                  Types
                </th>
                <th scope="col" data-actions>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {REMOTES.slice(0, 4).map((name, index) => (
                <tr key={name}>
                  <th scope="row">
                    <RemoteChip name={name} />
                  </th>
                  <td>
                    <RemoteHealth health={index === 2 ? 'stale' : 'healthy'} />
                  </td>
                  <td data-number>{(index + 1) * 214}</td>
                  <td data-actions>
                    <Menu
                      trigger={<IconButton label={`Actions of ${name}`} icon={<Ellipsis />} />}
                      items={[
                        { label: 'Reload', icon: <RefreshCw />, onSelect: () => undefined },
                        { label: 'Duplicate', disabledReason: 'It is being reloaded', onSelect: () => undefined },
                        'separator',
                        { label: 'Remove', icon: <Trash2 />, isDangerous: true, onSelect: () => undefined },
                      ]}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </DataTable>
        </Card>
        <Part title="Nothing and not yet">
          <EmptyState icon={<Plug />} title="No remote schemas yet" actions={<ButtonLink to="/schemas/new" kind="primary">Add a remote schema</ButtonLink>}>
            Conjoin joins GraphQL APIs. Give it the address of the first one.
          </EmptyState>
          <Skeleton lines={3} />
          <Spinner label="Asking weather" />
        </Part>
        <Part title="Editors">
          <Editors />
        </Part>
      </div>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card title={title}>
      <div className={style.part}>{children}</div>
    </Card>
  );
}

function Buttons() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <div className={style.row}>
        <Button kind="primary">Add Relationship</Button>
        <Button>Cancel</Button>
        <Button kind="quiet">Prettify</Button>
        <Button kind="danger" icon={<Trash2 />} onClick={() => setIsOpen(true)}>
          Remove weather
        </Button>
      </div>
      <div className={style.row}>
        <Button kind="primary" isBusy>
          Saving
        </Button>
        <Button disabled>Not now</Button>
        <Button size="small" icon={<Plus />}>
          Add a header
        </Button>
        <IconButton label="Reload" icon={<RefreshCw />} />
      </div>
      <ConfirmDialog isOpen={isOpen} onClose={() => setIsOpen(false)} title="Remove weather?" action="Remove weather" typeName="weather" onConfirm={() => setIsOpen(false)}>
        Two relationships that lead to it are removed, too: <code>Country.weather</code> and <code>City.weather</code>.
      </ConfirmDialog>
    </>
  );
}

function Fields() {
  const [name, setName] = useState('weather');
  const [comment, setComment] = useState('');
  const [timeout, setTimeout] = useState<number | null>(60);
  const [type, setType] = useState<string | null>('Type42');
  const [target, setTarget] = useState<string | null>(null);
  return (
    <>
      <TextField label="Name" isCode value={name} onChange={setName} error={name === 'weather' ? 'there is a remote schema of this name' : null} hint="Letters, digits and _." />
      <TextArea label="Comment" isOptional value={comment} onChange={setComment} placeholder="What it is for" />
      <NumberField label="Timeout" value={timeout} onChange={setTimeout} min={1} max={3600} unit="seconds" />
      <Combobox label="Source type" isCode canClear value={type} onChange={setType} options={OPTIONS} />
      <Select label="Target remote schema" value={target} onChange={setTarget} options={REMOTES.map((name) => ({ value: name, label: name, hint: 'healthy' }))} />
    </>
  );
}

function Choices() {
  const [isTicked, setIsTicked] = useState(true);
  const [isOn, setIsOn] = useState(true);
  const [way, setWay] = useState<'prefix' | 'rename' | 'share'>('prefix');
  return (
    <>
      <Checkbox label="Remember on this device" hint="Otherwise it is forgotten with this tab." isChecked={isTicked} onChange={setIsTicked} />
      <Checkbox label="Some fields of Country" isChecked="mixed" onChange={() => undefined} />
      <Switch label="Forward client headers" hint="All that are not about the connection." isOn={isOn} onChange={setIsOn} />
      <RadioGroup
        label="Type Currency is also in rates"
        value={way}
        onChange={setWay}
        options={[
          { value: 'prefix', label: 'Prefix the types of this schema', hint: <code>Countries_</code> },
          { value: 'rename', label: 'Rename it' },
          { value: 'share', label: 'Share it' },
        ]}
      />
      <Tabs
        label="Forms"
        tabs={[
          { id: 'form', label: 'Form', content: 'The form.' },
          { id: 'yaml', label: 'YAML', content: 'The text.' },
        ]}
      />
    </>
  );
}

function Trees() {
  const [filter, setFilter] = useState('');
  const [selected, setSelected] = useState<string | null>('Query.countries');
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set(['Query.countries']));
  const shared = { nodes: TREE, filter, loadChildren, openAtFirst: ['Query', 'Query.country'], height: 260 };
  return (
    <>
      <TextField label="Filter" hideLabel placeholder="Filter" value={filter} onChange={setFilter} />
      <div className={style.columns}>
        <SchemaTree
          {...shared}
          label="One"
          selection={{ mode: 'one', selected, onSelect: ({ id }) => setSelected(id), canSelect: ({ children }) => !children }}
          annotations={({ id }) => id === 'Query.countries' && <Badge tone="accent">joined</Badge>}
        />
        <SchemaTree
          {...shared}
          label="Several"
          selection={{ mode: 'check', tickOf: (node) => tickOf(node, ticked), onTick: (node, isTicked) => setTicked(withTick(node, isTicked, ticked)) }}
        />
      </div>
    </>
  );
}

function Headers() {
  const [headers, setHeaders] = useState<Header[]>([
    { name: 'Authorization', value_from_env: 'RATES_TOKEN' },
    { name: 'x-api-key', value: 'abc' },
    { name: 'x-region', value: 'north' },
  ]);
  return <HeaderTable label="Request headers" headers={headers} onChange={setHeaders} variables={[{ name: 'RATES_TOKEN', is_set: false }]} />;
}

function Editors() {
  const [query, setQuery] = useState(QUERY);
  return (
    <>
      <CodeEditor label="Query" language="graphql" value={query} onChange={setQuery} height={180} markers={[{ line: 3, column: 5, message: 'deprecated' }]} />
      <DiffView label="weather" language="yaml" before={YAML} after={YAML.replace('20', '30')} height={160} />
    </>
  );
}
