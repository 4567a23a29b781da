// The relationships on the types of one remote schema.
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ArrowRight, Ellipsis, FlaskConical, Lightbulb, Link2, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { RelationshipRow } from '../../api/api';
import { useAsk, useCommand } from '../../api/ask';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ConfirmDialog } from '../../kit/ConfirmDialog';
import { DataTable } from '../../kit/DataTable';
import { Dialog } from '../../kit/Dialog';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { HealthPill } from '../../kit/HealthPill';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { useDismissed } from '../suggestions/dismissed';
import { LiveTest } from './LiveTest';
import { MappingList } from './MappingList';
import { deletingCommand } from './saving';
import style from './RelationshipTable.module.css';

export function RelationshipTable() {
  const { name } = useParams({ from: '/schemas/$name' });
  return <RelationshipsOf key={name} remoteSchema={name} />;
}

function RelationshipsOf({ remoteSchema }: { remoteSchema: string }) {
  const { data, error } = useAsk('list_relationships', { remote_schema: remoteSchema });
  const suggestions = useAsk('suggest_relationships', { remote_schema: remoteSchema });
  const { isDismissed } = useDismissed();
  const [removed, setRemoved] = useState<RelationshipRow | null>(null);
  const [tested, setTested] = useState<RelationshipRow | null>(null);
  const n_suggestions = suggestions.data?.suggestions.filter(({ id }) => !isDismissed(id)).length;
  const rows = data?.relationships ?? [];
  const actions = (
    <>
      <ButtonLink to="/suggestions" search={{ schema: remoteSchema }} icon={<Lightbulb />}>
        Suggestions{n_suggestions !== undefined && ` (${n_suggestions})`}
      </ButtonLink>
      <ButtonLink to="/schemas/$name/relationships/new" params={{ name: remoteSchema }} kind="primary" icon={<Plus />}>
        Add a new relationship
      </ButtonLink>
    </>
  );
  if (error) return <ErrorPanel title="The relationships could not be read" error={error} />;
  if (!data) return <Skeleton lines={5} />;
  if (rows.length === 0) {
    return (
      <EmptyState icon={<Link2 />} title="No relationships yet" actions={actions}>
        A relationship adds a field to a type of {remoteSchema} whose value comes from another remote schema, or from the same one.
      </EmptyState>
    );
  }
  return (
    <>
      <Card title={`Relationships (${rows.length})`} actions={actions} isFlush>
        <DataTable caption={`Relationships on types of ${remoteSchema}`}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">On type</th>
              <th scope="col">Target</th>
              <th scope="col">Mapping</th>
              <th scope="col">Batch</th>
              <th scope="col">Health</th>
              <th scope="col">
                <span className={style.hidden}>Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.type_name}.${row.name}`} row={row} onRemove={() => setRemoved(row)} onTest={() => setTested(row)} />
            ))}
          </tbody>
        </DataTable>
      </Card>
      {removed && <Removal row={removed} onClose={() => setRemoved(null)} />}
      {tested && (
        <Dialog isOpen size="wide" onClose={() => setTested(null)} title={`Test ${tested.type_name}.${tested.name}`}>
          <LiveTest args={{ remote_schema: remoteSchema, type_name: tested.type_name, name: tested.name }} keys={keysIn(tested)} openArguments={[]} isReady />
        </Dialog>
      )}
    </>
  );
}

const keysIn = ({ definition }: RelationshipRow) => ('to_remote_schema' in definition ? definition.to_remote_schema.lhs_fields : []);

function Row({ row, onRemove, onTest }: { row: RelationshipRow; onRemove: () => void; onTest: () => void }) {
  const { remote_schema, type_name, name, target, mapping, batch, problem, hidden_from } = row;
  const navigate = useNavigate();
  const address = { to: '/schemas/$name/relationships/$type/$rel', params: { name: remote_schema, type: type_name, rel: name } } as const;
  return (
    <tr>
      <th scope="row">
        <Link {...address}>
          <code>{name}</code>
        </Link>
      </th>
      <td>
        <code>{type_name}</code>
      </td>
      <td>
        {target ? (
          <span className={style.target}>
            <ArrowRight aria-hidden="true" />
            <RemoteChip name={target.remote_schema} />
            <code>{target.path.join('.')}</code>
          </span>
        ) : (
          'a database'
        )}
      </td>
      <td>
        <MappingList mapping={mapping} />
      </td>
      <td>{batch}</td>
      <td>
        {problem ? <HealthPill state="bad" label="not served" /> : <HealthPill state="ok" label="ok" />}
        {problem && <p className={style.reason}>{problem.reason}</p>}
        {!problem && hidden_from.length > 0 && <p className={style.note}>hidden from {hidden_from.map(({ role }) => role).join(', ')}</p>}
      </td>
      <td data-actions>
        <Menu
          trigger={<IconButton label={`Actions on ${type_name}.${name}`} icon={<Ellipsis />} />}
          items={[
            { label: 'Edit', icon: <Pencil />, onSelect: () => void navigate(address) },
            { label: 'Test', icon: <FlaskConical />, disabledReason: problem ? 'It is not served.' : undefined, onSelect: onTest },
            'separator',
            { label: 'Delete', icon: <Trash2 />, isDangerous: true, onSelect: onRemove },
          ]}
        />
      </td>
    </tr>
  );
}

function Removal({ row, onClose }: { row: RelationshipRow; onClose: () => void }) {
  const remove = useCommand();
  const { remote_schema, type_name, name } = row;
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={`Delete ${type_name}.${name}?`}
      action={`Delete ${name}`}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(deletingCommand(remote_schema, row), { onSuccess: onClose })}
    >
      Queries that ask for <code>{name}</code> on <code>{type_name}</code> will be refused. The history of the metadata keeps the relationship.
    </ConfirmDialog>
  );
}
