// Remote schemas and what joins them, as a map and as a list of the same.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Network, X } from 'lucide-react';
import { lazy, useCallback, useMemo, useState } from 'react';
import { useAsk } from '../../api/ask';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { Checkbox } from '../../kit/Checkbox';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { IconButton } from '../../kit/IconButton';
import { LazyPart } from '../../kit/LazyPart';
import { PageHeader } from '../../kit/PageHeader';
import { RemoteChip } from '../../kit/RemoteChip';
import { Select } from '../../kit/Select';
import { Skeleton } from '../../kit/Spinner';
import { Tabs } from '../../kit/Tabs';
import { MappingList } from '../relationships/MappingList';
import { Sentence } from '../relationships/Sentence';
import { EditLink } from './EditLink';
import { GraphList } from './GraphList';
import { graphModel, idOf, type MapEdge } from './graphModel';
import type { Selection } from './selection';
import { TypePanel } from './TypePanel';
import { useStart } from './useStart';
import { useTypes } from './useTypes';
import style from './Graph.module.css';

const GraphMap = lazy(() => import('./graph-map'));

const route = getRouteApi('/graph');
/** No remote schema and no role can be called so. */
const ALL = '*';
const NOTHING: ReadonlySet<string> = new Set();

export function Graph() {
  const { focus = null, role = null, view, broken } = route.useSearch();
  const navigate = useNavigate();
  const overview = useAsk('get_overview', {});
  const relationships = useAsk('list_relationships', {});
  const [expanded, setExpanded] = useState(NOTHING);
  const types = useTypes(expanded);
  const [selected, setSelected] = useState<Selection>(null);
  const start = useStart();
  const onlyBroken = broken !== undefined;
  const model = useMemo(
    () => overview.data && relationships.data && graphModel(overview.data, relationships.data.relationships, { focus, role, onlyBroken }, types),
    [overview.data, relationships.data, focus, role, onlyBroken, types],
  );
  const set = (change: { focus?: string; role?: string; view?: string; broken?: string }) =>
    void navigate({ to: '/graph', search: (search) => ({ ...search, ...change }), replace: true });
  const toggle = useCallback((remote: string) => setExpanded((expanded) => toggled(expanded, remote)), []);
  // The map tells that an edge is let go also when a type is chosen instead.
  const selectEdge = useCallback((id: string | null) => setSelected((selected) => (id !== null ? { kind: 'edge', id } : selected?.kind === 'edge' ? null : selected)), []);
  const selectType = useCallback((remote: string, type: string) => setSelected({ kind: 'type', remote, type }), []);
  const close = () => setSelected(null);

  const error = overview.error ?? relationships.error;
  const remotes = overview.data?.remote_schemas ?? [];
  const edge = selected?.kind === 'edge' ? model?.edges.find(({ id }) => id === selected.id) : undefined;
  const node = selected?.kind === 'type' ? model?.nodes.find(({ remote }) => remote.name === selected.remote) : undefined;
  return (
    <>
      <PageHeader title="Graph" description="Which remote schemas are joined, and by what." />
      {error && <ErrorPanel title="The graph could not be read" error={error} />}
      {!model && !error && <Skeleton lines={8} />}
      {model && remotes.length === 0 && (
        <EmptyState icon={<Network />} title="Nothing to show yet" actions={<ButtonLink to="/schemas/new" kind="primary">Add a remote schema</ButtonLink>}>
          Once there are remote schemas and relationships, they are drawn here.
        </EmptyState>
      )}
      {model && remotes.length > 0 && (
        <>
          <div className={style.bar}>
            <Select
              label="Remote schema"
              value={focus ?? ALL}
              onChange={(value) => set({ focus: value === ALL ? undefined : value })}
              options={[{ value: ALL, label: 'all' }, ...remotes.map(({ name }) => ({ value: name, label: `${name} and its neighbours` }))]}
              className={style.select}
            />
            <Select
              label="As role"
              value={role ?? ALL}
              onChange={(value) => set({ role: value === ALL ? undefined : value })}
              options={[{ value: ALL, label: 'admin, who sees everything' }, ...(overview.data?.roles ?? []).map((name) => ({ value: name, label: name }))]}
              className={style.select}
            />
            <Checkbox label="Only what is broken" isChecked={onlyBroken} onChange={(isOn) => set({ broken: isOn ? 'yes' : undefined })} />
          </div>
          <Tabs
            label="Views of the graph"
            value={view === 'list' ? 'list' : 'map'}
            onChange={(view) => set({ view: view === 'list' ? view : undefined })}
            tabs={[
              {
                id: 'map',
                label: 'Map',
                content: view !== 'list' && (
                  <div className={style.columns}>
                    <div className={style.canvas}>
                      <LazyPart fallback={<Skeleton lines={8} />}>
                        <GraphMap
                          model={model}
                          remotes={remotes}
                          onToggle={toggle}
                          selected={selected}
                          onSelectEdge={selectEdge}
                          onSelectType={selectType}
                          onStart={(from) => void start(from)}
                        />
                      </LazyPart>
                    </div>
                    <div aria-live="polite">
                      {edge && <EdgePanel edge={edge} onClose={close} />}
                      {node && selected?.kind === 'type' && (
                        <TypePanel
                          key={`${selected.remote} ${selected.type}`}
                          node={node}
                          type={selected.type}
                          remotes={remotes.map(({ name }) => name)}
                          onStart={(from) => void start(from)}
                          onClose={close}
                        />
                      )}
                    </div>
                  </div>
                ),
              },
              { id: 'list', label: 'List', content: view === 'list' && <GraphList model={model} role={role} /> },
            ]}
          />
        </>
      )}
    </>
  );
}

function EdgePanel({ edge: { source, target, relationships }, onClose }: { edge: MapEdge; onClose: () => void }) {
  return (
    <Card
      title={`${relationships.length} ${relationships.length === 1 ? 'relationship' : 'relationships'}`}
      actions={<IconButton label="Close" icon={<X />} onClick={onClose} />}
      className={style.panel}
    >
      <p className={style.target}>
        <RemoteChip name={source} /> to <RemoteChip name={target} />
      </p>
      <ul className={style.list}>
        {relationships.map((row) => (
          <li key={idOf(row)}>
            <div className={style.title}>
              <code>
                {row.type_name}.{row.name}
              </code>
              <EditLink row={row} />
            </div>
            <code className={style.path}>{row.target?.path.join('.')}</code>
            <MappingList mapping={row.mapping} />
            <p className={style.batch}>{row.batch === 'list' ? 'All keys travel in one list.' : 'One aliased field for each key.'}</p>
            {row.problem && (
              <p className={style.problem}>
                Not served: <Sentence text={row.problem.reason} />
              </p>
            )}
            {row.hidden_from.map(({ role, reason }) => (
              <p key={role} className={style.batch}>
                Hidden from {role}: <Sentence text={reason} />
              </p>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function toggled(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(member)) next.add(member);
  return next;
}
