// Other names for the types and fields of a remote schema, and at once what comes of them.
import { getRouteApi } from '@tanstack/react-router';
import type { Customization, Probe } from '../../api/api';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { ErrorPanel, FailurePanel } from '../../kit/ErrorPanel';
import { Spinner } from '../../kit/Spinner';
import { TextField } from '../../kit/TextField';
import { useUnsavedGuard } from '../../kit/useUnsavedGuard';
import type { Draft } from './draft';
import { RenameTable } from './RenameTable';
import type { SavedRemote } from './savedRemote';
import { SavedRemoteLoader } from './SavedRemoteLoader';
import { useProbe } from './useProbe';
import { useRemoteEdit } from './useRemoteEdit';
import { WriteFailure } from './WriteFailure';
import style from './SchemaCustomize.module.css';

const route = getRouteApi('/schemas/$name/customize');

export function SchemaCustomize() {
  const { name } = route.useParams();
  return <SavedRemoteLoader name={name}>{(saved, draft) => <CustomizeForm key={name} saved={saved} draft={draft} />}</SavedRemoteLoader>;
}

function CustomizeForm({ saved, draft: savedDraft }: { saved: SavedRemote; draft: Draft }) {
  const edit = useRemoteEdit(saved, savedDraft);
  const { draft, setDraft, isDirty } = edit;
  const guard = useUnsavedGuard(isDirty);
  const { data: probe, error, isBehind } = useProbe(draft, { replaces: draft.name, fetch: false });

  const { customization = {} } = draft.definition;
  const { type_names } = customization;
  const change = (customization: Customization) => setDraft({ ...draft, definition: { ...draft.definition, customization } });

  return (
    <form className={style.form} noValidate onSubmit={(event) => (event.preventDefault(), edit.save())}>
      {guard}
      <Card title="All names">
        <div className={style.row}>
          <TextField
            label="Namespace of root fields"
            isCode
            isOptional
            value={customization.root_fields_namespace ?? ''}
            onChange={(root_fields_namespace) => change({ ...customization, root_fields_namespace })}
            hint="Its queries and mutations are then served as fields of this one field."
          />
          <TextField
            label="Prefix of types"
            isCode
            isOptional
            value={type_names?.prefix ?? ''}
            onChange={(prefix) => change({ ...customization, type_names: { ...type_names, prefix } })}
          />
          <TextField
            label="Suffix of types"
            isCode
            isOptional
            value={type_names?.suffix ?? ''}
            onChange={(suffix) => change({ ...customization, type_names: { ...type_names, suffix } })}
          />
        </div>
      </Card>
      <RenameTable remote={draft.name} customization={customization} onChange={change} />
      {error && <ErrorPanel title="What comes of it is not known" error={error} />}
      {probe && <Outcome probe={probe} isBehind={isBehind} />}
      {edit.error && <WriteFailure title="The names were not saved" error={edit.error} onSaveAnyway={edit.saveAnyway} onReload={edit.discard} />}
      <div className={style.actions}>
        <Button kind="primary" type="submit" isBusy={edit.isSaving} disabled={!isDirty}>
          Save names
        </Button>
        <Button disabled={!isDirty} onClick={edit.discard}>
          Discard
        </Button>
        <p role="status">{edit.isSaved ? 'Saved.' : ''}</p>
      </div>
    </form>
  );
}

const FIRST = 50;

function Outcome({ probe: { faults, clashes, renames, failure }, isBehind }: { probe: Probe; isBehind: boolean }) {
  return (
    <Card title={renames.length === 0 ? 'Before and after' : `Before and after (${renames.length})`} actions={isBehind && <Spinner label="Looking" />}>
      <div className={style.outcome} aria-live="polite">
        {faults.map(({ pointer, code, message, help }) => (
          <FailurePanel key={pointer + message} code={code} message={message} place={pointer} help={help} />
        ))}
        {failure && <FailurePanel title="What comes of it cannot be shown" code={failure.code} message={failure.message} help={failure.help} />}
        {clashes.map(({ kind, name, remote_schema, reason }) => (
          <FailurePanel key={kind + name + remote_schema} code={`${kind} ${name}`} message={reason} help="Give it another name here, or in the other remote schema." />
        ))}
        {renames.length === 0 && faults.length === 0 && !failure && <p>All names are as upstream.</p>}
        {renames.length > 0 && (
          <DataTable caption="Names before and after">
            <thead>
              <tr>
                <th scope="col">Kind</th>
                <th scope="col">Upstream</th>
                <th scope="col">Served as</th>
              </tr>
            </thead>
            <tbody>
              {renames.slice(0, FIRST).map(({ kind, parent, before, after }) => (
                <tr key={`${kind} ${parent} ${before}`}>
                  <td>{kind.replace('_', ' ')}</td>
                  <td>
                    <code>{parent === null ? before : `${parent}.${before}`}</code>
                  </td>
                  <td>
                    <code>{after}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </DataTable>
        )}
        {renames.length > FIRST && <p>and {renames.length - FIRST} more</p>}
      </div>
    </Card>
  );
}
