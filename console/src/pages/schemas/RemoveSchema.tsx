// Removing a remote schema: says what goes with it, and asks for the name when that is more than itself.
import { useAsk, useCommand } from '../../api/ask';
import type { RelationshipRow, RemoteSummary } from '../../api/api';
import { ConfirmDialog } from '../../kit/ConfirmDialog';
import { Spinner } from '../../kit/Spinner';
import style from './RemoveSchema.module.css';

interface RemoveSchemaProps {
  remote: Pick<RemoteSummary, 'name' | 'roles'>;
  isOpen: boolean;
  onClose: () => void;
  onRemoved?: () => void;
}

export function RemoveSchema({ remote: { name, roles }, isOpen, onClose, onRemoved }: RemoveSchemaProps) {
  const remove = useCommand();
  const { data, isPending } = useAsk('list_relationships', {}, { enabled: isOpen });
  const rows = data?.relationships ?? [];
  const own = rows.filter((row) => row.remote_schema === name);
  const incoming = rows.filter((row) => row.remote_schema !== name && row.target?.remote_schema === name);
  const goesAlong = own.length + incoming.length + roles.length > 0;
  const close = () => {
    remove.reset();
    onClose();
  };
  const confirm = () =>
    // Not a callback of the mutation: those are not called once the page of what was removed is gone.
    remove.mutateAsync({ type: 'remove_remote_schema', args: { name, cascade: incoming.length > 0 } }).then(
      () => {
        close();
        onRemoved?.();
      },
      () => undefined, // The dialog shows the error.
    );
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={close}
      title={`Remove ${name}?`}
      action={`Remove ${name}`}
      typeName={goesAlong ? name : undefined}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
    >
      {isPending && isOpen ? (
        <Spinner label="Looking what goes with it" />
      ) : (
        <div className={style.text}>
          <p>
            Its types and fields are no longer served. The remote itself is not touched.
            {goesAlong ? ' These go with it:' : ' Nothing else depends on it.'}
          </p>
          <Gone title="Relationships on its types" items={own.map(place)} />
          <Gone title="Relationships of others that lead to it" items={incoming.map((row) => `${place(row)} of ${row.remote_schema}`)} />
          <Gone title="Permissions of roles" items={roles} />
        </div>
      )}
    </ConfirmDialog>
  );
}

const place = ({ type_name, name }: RelationshipRow) => `${type_name}.${name}`;

function Gone({ title, items }: { title: string; items: string[] }) {
  if (items.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {items.map((item) => (
          <li key={item}>
            <code>{item}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
