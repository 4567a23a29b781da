// All remote schemas, and how each of them does.
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { CopyPlus, Ellipsis, Pencil, Plus, RefreshCw, Trash2, Unplug } from 'lucide-react';
import { useState } from 'react';
import { useAsk } from '../../api/ask';
import type { FoundEntry, RemoteSummary } from '../../api/api';
import { ago } from '../../kit/ago';
import { Badge } from '../../kit/Badge';
import { Button, ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { RemoteHealth } from '../../kit/HealthPill';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { PageHeader } from '../../kit/PageHeader';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { TextField } from '../../kit/TextField';
import { VisuallyHidden } from '../../kit/VisuallyHidden';
import { ReloadDialog } from './ReloadDialog';
import { RemoveSchema } from './RemoveSchema';
import style from './SchemaList.module.css';

const route = getRouteApi('/schemas');

/** What is being reloaded: names, all, or nothing. */
type Reloading = { names: string[] | null } | null;

export function SchemaList() {
  const { search = '' } = route.useSearch();
  const navigate = useNavigate();
  const { data, error, refetch } = useAsk('get_overview', {});
  const { data: found } = useAsk('search_remote_schemas', { text: search, limit: 100 }, { enabled: search.trim() !== '', keepPrevious: true });
  const [reloading, setReloading] = useState<Reloading>(null);
  const [removed, setRemoved] = useState<RemoteSummary | null>(null);

  const entries = search.trim() === '' ? [] : (found?.entries ?? []);
  const rows = (data?.remote_schemas ?? []).map((remote) => ({ remote, entries: entries.filter(({ remote_schema }) => remote_schema === remote.name) }));
  const shown = rows.filter(({ remote, entries }) => remote.name.toLowerCase().includes(search.trim().toLowerCase()) || entries.length > 0);

  return (
    <>
      <PageHeader
        title="Remote Schemas"
        description="GraphQL APIs that are served as one."
        actions={
          <>
            {rows.length > 0 && (
              <Button icon={<RefreshCw />} onClick={() => setReloading({ names: null })}>
                Reload all
              </Button>
            )}
            <ButtonLink kind="primary" icon={<Plus />} to="/schemas/new">
              Add a remote schema
            </ButtonLink>
          </>
        }
      />
      {error && <ErrorPanel title="The remote schemas could not be listed" error={error} actions={<Button onClick={() => void refetch()}>Try again</Button>} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && rows.length === 0 && (
        <EmptyState icon={<Unplug />} title="No remote schemas yet" actions={<ButtonLink kind="primary" to="/schemas/new">Add a remote schema</ButtonLink>}>
          Give Conjoin the address of a GraphQL API. Its types and fields are then served here, and can be joined with those of others.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <div className={style.list}>
          <TextField
            label="Search"
            type="search"
            className={style.search}
            placeholder="Names, types and fields"
            value={search}
            onChange={(text) => void navigate({ to: '/schemas', search: text === '' ? {} : { search: text }, replace: true })}
          />
          <Card isFlush>
            <DataTable caption="Remote schemas">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Health</th>
                  <th scope="col" data-number>
                    Types
                  </th>
                  <th scope="col" data-number>
                    Root fields
                  </th>
                  <th scope="col">Relationships</th>
                  <th scope="col">Last introspection</th>
                  <th scope="col">URL</th>
                  <th scope="col" data-actions>
                    <VisuallyHidden>Actions</VisuallyHidden>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ remote, entries }) => (
                  <Row key={remote.name} remote={remote} entries={entries} onReload={() => setReloading({ names: [remote.name] })} onRemove={() => setRemoved(remote)} />
                ))}
              </tbody>
            </DataTable>
          </Card>
          <p role="status" className={style.status}>
            {shown.length === 0 ? `Nothing is called “${search}”, and no type or field.` : search.trim() !== '' && `${shown.length} of ${rows.length}`}
          </p>
        </div>
      )}
      {reloading && <ReloadDialog names={reloading.names} onClose={() => setReloading(null)} />}
      {removed && <RemoveSchema remote={removed} isOpen onClose={() => setRemoved(null)} />}
    </>
  );
}

interface RowProps {
  remote: RemoteSummary;
  entries: FoundEntry[];
  onReload: () => void;
  onRemove: () => void;
}

function Row({ remote, entries, onReload, onRemove }: RowProps) {
  const { name, url, health, failure, counts, introspected_at, introspection_ms, n_relationships_out, n_relationships_in, has_held_change, is_customized } = remote;
  const navigate = useNavigate();
  return (
    <tr>
      <th scope="row">
        <Link to="/schemas/$name/overview" params={{ name }} className={style.name}>
          <RemoteChip name={name} />
        </Link>
        {has_held_change && <Badge tone="warn">change held</Badge>}
        {is_customized && <Badge>customized</Badge>}
        <Matches name={name} entries={entries} />
      </th>
      <td>
        <RemoteHealth health={health} detail={introspection_ms === null ? undefined : `${Math.round(introspection_ms)} ms`} />
        {failure && <p className={style.failure}>{failure.message}</p>}
      </td>
      <td data-number>{counts?.types.toLocaleString('en') ?? '–'}</td>
      <td data-number>{counts ? counts.queries + counts.mutations + counts.subscriptions : '–'}</td>
      <td>
        {n_relationships_out} out, {n_relationships_in} in
      </td>
      <td className={style.quiet}>{introspected_at === null ? 'never' : <time dateTime={introspected_at} title={introspected_at}>{ago(introspected_at)}</time>}</td>
      <td className={style.url}>
        <code title={url}>{url}</code>
      </td>
      <td data-actions>
        <Menu
          trigger={<IconButton label={`Actions for ${name}`} icon={<Ellipsis />} />}
          items={[
            { label: 'Reload', icon: <RefreshCw />, onSelect: onReload },
            { label: 'Edit', icon: <Pencil />, onSelect: () => void navigate({ to: '/schemas/$name/settings', params: { name } }) },
            { label: 'Duplicate', icon: <CopyPlus />, onSelect: () => void navigate({ to: '/schemas/new', search: { from: name } }) },
            'separator',
            { label: 'Remove', icon: <Trash2 />, isDangerous: true, onSelect: onRemove },
          ]}
        />
      </td>
    </tr>
  );
}

const MOST_MATCHES = 3;

/** The types and fields by which a remote schema was found. */
function Matches({ name, entries }: { name: string; entries: FoundEntry[] }) {
  if (entries.length === 0) return null;
  return (
    <ul className={style.matches}>
      {entries.slice(0, MOST_MATCHES).map(({ path, type_name }) => (
        <li key={path}>
          <Link to="/schemas/$name/schema" params={{ name }} search={{ type: type_name }}>
            <code>{path}</code>
          </Link>
        </li>
      ))}
      {entries.length > MOST_MATCHES && <li>{entries.length - MOST_MATCHES} more</li>}
    </ul>
  );
}
