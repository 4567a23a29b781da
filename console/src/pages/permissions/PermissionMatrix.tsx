// Who sees how much of what: roles down, remote schemas across. Each cell leads to the permission.
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { PermissionCell, PermissionState } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Button, ButtonLink } from '../../kit/Button';
import { DataTable } from '../../kit/DataTable';
import { Dialog } from '../../kit/Dialog';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { HealthPill, type HealthState } from '../../kit/HealthPill';
import { PageHeader } from '../../kit/PageHeader';
import { RemoteChip } from '../../kit/RemoteChip';
import { Select } from '../../kit/Select';
import { Skeleton } from '../../kit/Spinner';
import { TextField } from '../../kit/TextField';
import style from './permissions.module.css';

export function PermissionMatrix() {
  const matrix = useAsk('get_permissions', {});
  const [isAdding, setAdding] = useState(false);
  const canAdd = (matrix.data?.remote_schemas.length ?? 0) > 0;
  return (
    <>
      <PageHeader
        title="Permissions"
        description="What each role sees of each remote schema. A role sees nothing that it is not granted; admin sees everything."
        actions={
          canAdd && (
            <Button kind="primary" icon={<Plus />} onClick={() => setAdding(true)}>
              Add a permission
            </Button>
          )
        }
      />
      {matrix.error && <ErrorPanel title="Could not read the permissions" error={matrix.error} />}
      {!matrix.data && !matrix.error && <Skeleton lines={5} />}
      {matrix.data && !matrix.data.is_enabled && (
        <p className={style.notice}>
          The gateway runs with <code>--remote-schema-permissions=off</code>: every role sees everything, and these permissions are kept without effect.
        </p>
      )}
      {matrix.data && matrix.data.roles.length === 0 && (
        <EmptyState
          title="No role has a permission yet"
          actions={!canAdd && <ButtonLink to="/schemas/new">Add a remote schema</ButtonLink>}
        >
          {canAdd ? 'Until one has, only admin sees anything.' : 'Permissions are about remote schemas, and there is none.'}
        </EmptyState>
      )}
      {matrix.data && matrix.data.roles.length > 0 && (
        <DataTable caption="Permissions by role and remote schema">
          <thead>
            <tr>
              <th scope="col">Role</th>
              {matrix.data.remote_schemas.map((name) => (
                <th key={name} scope="col">
                  <RemoteChip name={name} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.data.roles.map(({ name, inherits, cells }) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  {inherits.length > 0 && <span className={style.inherits}>inherits {inherits.join(', ')}</span>}
                </th>
                {cells.map((cell, index) => {
                  const schema = matrix.data.remote_schemas[index] ?? '';
                  return (
                    <td key={schema}>
                      <Link className={style.cell} to="/permissions/$role/$schema" params={{ role: name, schema }} aria-label={`${name} on ${schema}: ${wordsOf(cell)}`}>
                        <HealthPill {...{ ...LOOKS[cell.state], label: wordsOf(cell) }} />
                      </Link>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      {isAdding && <AddPermission remoteSchemas={matrix.data?.remote_schemas ?? []} onClose={() => setAdding(false)} />}
    </>
  );
}

const LOOKS: Record<PermissionState, { state: HealthState }> = {
  none: { state: 'none' },
  partial: { state: 'warn' },
  full: { state: 'ok' },
  inherited: { state: 'ok' },
  broken: { state: 'bad' },
};

/** How much it is, in words: `partial 8/12`. */
export function wordsOf({ state, granted, total }: PermissionCell): string {
  return state === 'partial' || state === 'inherited' ? `${state} ${granted}/${total}` : state;
}

function AddPermission({ remoteSchemas, onClose }: { remoteSchemas: string[]; onClose: () => void }) {
  const [role, setRole] = useState('');
  const [schema, setSchema] = useState(remoteSchemas[0] ?? '');
  const named = role.trim();
  const error = named === 'admin' ? 'admin sees everything and can have no permission' : undefined;
  const isReady = named !== '' && !error && schema !== '';
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Add a permission"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {isReady ? (
            <ButtonLink kind="primary" to="/permissions/$role/$schema" params={{ role: named, schema }}>
              Continue
            </ButtonLink>
          ) : (
            <Button kind="primary" disabled>
              Continue
            </Button>
          )}
        </>
      }
    >
      <div className={style.stack}>
        <TextField label="Role" isCode value={role} onChange={setRole} error={error} hint="As it is called in tokens, or in the header x-hasura-role." />
        <Select label="Remote schema" value={schema} onChange={setSchema} options={remoteSchemas.map((name) => ({ value: name, label: name }))} />
      </div>
    </Dialog>
  );
}
