// One permission, as a tree of ticks and as SDL, which are two spellings of one thing, and what it means for the role.
import { getRouteApi } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { PermissionCheck, PermissionDetail } from '../../api/api';
import { useAsk, useCommand } from '../../api/ask';
import { playRole } from '../../app/session/session';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { CodeBlock } from '../../kit/CodeBlock';
import { CodeEditor } from '../../kit/CodeEditor';
import { ConfirmDialog } from '../../kit/ConfirmDialog';
import { CopyAs } from '../../kit/CopyAs';
import { DiffView } from '../../kit/DiffView';
import { ErrorPanel, FailurePanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { RadioGroup } from '../../kit/RadioGroup';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { Tabs } from '../../kit/Tabs';
import { useUnsavedGuard } from '../../kit/useUnsavedGuard';
import { GrantTree } from './GrantTree';
import { Meaning } from './Meaning';
import { usesOf } from './uses';
import { type Definition, type Grant, type Schema, everything, readGrant, readSchema, writeDenial, writeSdl } from './grant';
import style from './permissions.module.css';

const route = getRouteApi('/permissions/$role/$schema');

const NOTHING: Definition = { schema: '' };
const isSame = (one: Definition, other: Definition) => JSON.stringify(one) === JSON.stringify(other);
const textOf = ({ schema, deny = [] }: Definition) => [schema, ...deny].join('\n');

type Tab = 'tree' | 'sdl' | 'effective';
const isTab = (tab: string | undefined): tab is Tab => tab === 'tree' || tab === 'sdl' || tab === 'effective';

export function PermissionEditor() {
  const { role, schema } = route.useParams();
  const permission = useAsk('get_permission', { role, remote_schema: schema });
  const crumbs = [{ label: 'Permissions', to: '/permissions' as const }];
  return (
    <>
      <PageHeader title={`${role} on ${schema}`} badge={<RemoteChip name={schema} />} crumbs={crumbs} description={`What the role ${role} sees of ${schema}.`} />
      {permission.error && <ErrorPanel title="Could not read the permission" error={permission.error} />}
      {!permission.data && !permission.error && <Skeleton lines={8} />}
      {/* Another permission is another form. */}
      {permission.data && <Editor key={`${role} ${schema}`} role={role} remoteSchema={schema} stored={permission.data} />}
    </>
  );
}

function Editor({ role, remoteSchema, stored }: { role: string; remoteSchema: string; stored: PermissionDetail }) {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const schema = useMemo(() => readSchema(stored.upstream_sdl), [stored.upstream_sdl]);
  const saved = stored.definition ?? NOTHING;
  const [definition, setDefinition] = useState<Definition>(saved);
  // What the form began with; another one when somebody else has saved meanwhile.
  const [began, setBegan] = useState<Definition>(saved);
  const relationships = useAsk('list_relationships', {}).data?.relationships;
  const uses = useMemo(() => usesOf(relationships ?? [], remoteSchema, schema.roots.get('query')), [relationships, remoteSchema, schema]);
  const [isRemoving, setRemoving] = useState(false);
  const save = useCommand();
  const remove = useCommand();

  const isNew = stored.definition === null;
  const isDirty = !isSame(definition, saved);
  const wasChanged = !isSame(saved, began);
  const guard = useUnsavedGuard(isDirty && !save.isPending && !remove.isPending);

  const settled = useDeferredValue(definition);
  const checked = useAsk('check_permission', { role, remote_schema: remoteSchema, definition: settled }, { keepPrevious: true, enabled: settled.schema !== '' });
  const check = checked.data ?? stored.check;

  const store = () => {
    const add = { type: 'add_remote_schema_permissions', args: { remote_schema: remoteSchema, role, definition, ...(stored.comment ? { comment: stored.comment } : {}) } };
    const drop = { type: 'drop_remote_schema_permissions', args: { remote_schema: remoteSchema, role } };
    // One change, so that the role is at no time without.
    save.mutate(isNew ? add : { type: 'bulk', args: [drop, add] });
  };

  useEffect(() => {
    if (!wasChanged) return;
    // Nothing of one's own is lost by taking what is saved now, or it is one's own.
    if (isSame(definition, began)) setDefinition(saved);
    if (isSame(definition, began) || isSame(definition, saved)) setBegan(saved);
  }, [wasChanged, definition, began, saved]);

  const { reset } = save;
  useEffect(() => {
    // "Saved" is no longer true.
    if (isDirty) reset();
  }, [isDirty, reset]);

  return (
    <div className={style.columns}>
      {guard}
      <div className={style.stack}>
        {stored.inherited_from.length > 0 && isNew && (
          <p className={style.notice}>
            {role} inherits from {stored.inherited_from.join(', ')} and sees what they see. A permission written here takes the place of that.
          </p>
        )}
        <Tabs
          label="The permission"
          value={isTab(tab) ? tab : 'tree'}
          onChange={(id) => void navigate({ search: { tab: id }, replace: true })}
          tabs={[
            { id: 'tree', label: 'Tree', content: <TreeTab schema={schema} uses={uses} definition={definition} onChange={setDefinition} /> },
            { id: 'sdl', label: 'SDL', content: <SdlTab definition={definition} check={check} onChange={setDefinition} /> },
            {
              id: 'effective',
              label: 'Effective schema',
              content: <CodeBlock label={`what ${role} sees of ${remoteSchema}`} language="graphql" code={check.sdl ?? '# nothing'} maxHeight={620} />,
            },
          ]}
        />
        {wasChanged && isDirty && (
          <FailurePanel
            title="Somebody else has saved this permission meanwhile"
            code="conflict"
            message="What you see is yours; what is saved is another one. Saving puts yours in its place."
            actions={
              <>
                <Button size="small" onClick={() => setBegan(saved)}>
                  Keep mine
                </Button>
                <Button
                  size="small"
                  onClick={() => {
                    setDefinition(saved);
                    setBegan(saved);
                  }}
                >
                  Take theirs
                </Button>
              </>
            }
          />
        )}
        {wasChanged && isDirty && <DiffView label="The saved permission and yours" language="graphql" before={textOf(saved)} after={textOf(definition)} height={260} />}
        {save.error && <ErrorPanel title="Could not save the permission" error={save.error} />}
        <div className={style.row}>
          <Button kind="primary" isBusy={save.isPending} disabled={!isDirty || wasChanged || definition.schema.trim() === ''} onClick={store}>
            Save permission
          </Button>
          <Button disabled={!isDirty} onClick={() => setDefinition(saved)}>
            Discard changes
          </Button>
          <Button
            onClick={() => {
              playRole(role, []);
              void navigate({ to: '/api' });
            }}
          >
            Try as {role}
          </Button>
          {!isNew && (
            <Button kind="danger" onClick={() => setRemoving(true)}>
              Remove…
            </Button>
          )}
          <span role="status" className={style.quiet}>
            {save.isSuccess && !isDirty ? 'Saved.' : ''}
          </span>
        </div>
        <CopyAs api={{ type: 'add_remote_schema_permissions', args: { remote_schema: remoteSchema, role, definition } }} yaml={yamlOf(role, definition)} />
      </div>
      <Card title="What it means">
        {checked.error && <ErrorPanel title="Could not check the permission" error={checked.error} />}
        <Meaning check={check} role={role} isStale={checked.isFetching} />
      </Card>
      <ConfirmDialog
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove the permission of ${role}?`}
        action="Remove"
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(
            { type: 'drop_remote_schema_permissions', args: { remote_schema: remoteSchema, role } },
            { onSuccess: () => void navigate({ to: '/permissions' }) },
          )
        }
      >
        {role} sees nothing of {remoteSchema} then.
      </ConfirmDialog>
    </div>
  );
}

interface TabProps {
  definition: Definition;
  onChange: (definition: Definition) => void;
}

function TreeTab({ schema, uses, definition, onChange }: TabProps & { schema: Schema; uses: ReadonlyMap<string, string[]> }) {
  const grant = useMemo(() => readable(definition, schema), [definition, schema]);
  if (grant instanceof Error) {
    return <p className={style.notice}>The SDL cannot be read ({grant.message}), so there is no tree of it. Mend it in the tab SDL.</p>;
  }
  const denies = definition.schema.trim() === '*';
  const write = (next: Grant, asDenial: boolean) => onChange((asDenial ? writeDenial(schema, next) : null) ?? { schema: writeSdl(schema, next) });
  return (
    <div className={style.stack}>
      <RadioGroup
        label="Fields that the remote schema gets later"
        isRow
        value={denies ? 'allow' : 'deny'}
        options={[
          { value: 'deny', label: 'are hidden until granted', hint: 'The permission lists what is granted.' },
          { value: 'allow', label: 'are granted', hint: grant.presets.size > 0 ? 'Not with presets, which need a list.' : 'The permission lists what is denied.', isDisabled: grant.presets.size > 0 },
        ]}
        onChange={(choice) => write(choice === 'allow' && grant.granted.size === 0 ? everything(schema) : grant, choice === 'allow')}
      />
      <GrantTree schema={schema} uses={uses} grant={grant} onChange={(next) => write(next, denies)} />
    </div>
  );
}

function SdlTab({ definition, check, onChange }: TabProps & { check: PermissionCheck }) {
  const denies = definition.schema.trim() === '*';
  const markers = check.flaws.flatMap(({ line, column, message }) => (line === null ? [] : [{ line, column: column ?? 1, message }]));
  if (denies) {
    return (
      <div className={style.stack}>
        <p className={style.quiet}>This permission grants everything but what it denies, one place a line.</p>
        <CodeEditor
          label="What is denied"
          language="plaintext"
          value={(definition.deny ?? []).join('\n')}
          onChange={(text) => {
            const deny = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
            onChange(deny.length > 0 ? { schema: '*', deny } : { schema: '*' });
          }}
          height={320}
        />
      </div>
    );
  }
  return <CodeEditor label="The permission as SDL" language="graphql" value={definition.schema} markers={markers} onChange={(text) => onChange({ schema: text })} height={520} />;
}

function readable(definition: Definition, schema: Schema): Grant | Error {
  try {
    return readGrant(definition, schema);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The entry below `permissions` of the remote schema. */
function yamlOf(role: string, { schema, deny = [] }: Definition): string {
  const lines = schema.trim() === '*' ? [`    schema: '*'`] : ['    schema: |', ...schema.trimEnd().split('\n').map((line) => (line === '' ? '' : `      ${line}`))];
  const denied = deny.length > 0 ? ['    deny:', ...deny.map((place) => `      - ${JSON.stringify(place)}`)] : [];
  return [`- role: ${/^[A-Za-z_][\w-]*$/.test(role) ? role : JSON.stringify(role)}`, '  definition:', ...lines, ...denied, ''].join('\n');
}
