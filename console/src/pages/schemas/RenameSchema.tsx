// Another name for a remote schema: what else changes is shown before it does, and the page follows.
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useAsk, useCommand } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { TextField } from '../../kit/TextField';
import style from './NewSchema.module.css';

interface RenameSchemaProps {
  name: string;
  /** Whether something else on the page is not saved, which would be lost with the old name. */
  isUnsaved: boolean;
}

export function RenameSchema({ name, isUnsaved }: RenameSchemaProps) {
  const [typed, setTyped] = useState(name);
  const { data } = useAsk('list_relationships', {});
  const rename = useCommand();
  const navigate = useNavigate();
  const newName = typed.trim();
  const isChanged = newName !== '' && newName !== name;
  const incoming = data?.relationships.filter((row) => row.target?.remote_schema === name) ?? [];

  const submit = () => {
    if (!isChanged || isUnsaved || rename.isPending) return;
    // Not a callback of the mutation: those are not called once the page of the old name is gone.
    rename.mutateAsync({ type: 'rename_remote_schema', args: { name, new_name: newName } }).then(
      () => void navigate({ to: '/schemas/$name/settings', params: { name: newName }, replace: true, ignoreBlocker: true }),
      () => undefined, // The panel below shows the error.
    );
  };

  return (
    <form noValidate onSubmit={(event) => (event.preventDefault(), submit())}>
      <Card title="Name">
        <div className={style.fields}>
          <TextField
            className={style.name}
            label="New name"
            isCode
            value={typed}
            onChange={(text) => {
              setTyped(text);
              rename.reset();
            }}
            hint={isUnsaved ? 'Save or discard your other changes first.' : 'What is known of its schema stays, and nobody is asked for it again.'}
          />
          {isChanged && (
            <div role="status">
              <p>
                Its permissions and the relationships on its types go with it. {incoming.length === 0 ? 'No relationship leads to it.' : 'These relationships lead to it and follow:'}
              </p>
              <ul className={style.list}>
                {incoming.map((row) => (
                  <li key={`${row.remote_schema} ${row.type_name} ${row.name}`}>
                    <code>
                      {row.type_name}.{row.name}
                    </code>{' '}
                    of {row.remote_schema}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {rename.error && <ErrorPanel title="It was not renamed" error={rename.error} />}
          <div>
            <Button type="submit" isBusy={rename.isPending} disabled={!isChanged || isUnsaved}>
              Rename
            </Button>
          </div>
        </div>
      </Card>
    </form>
  );
}
