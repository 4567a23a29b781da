// A remote schema is added: its address first, everything else follows from it.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Copy, Plug } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useAsk, useCommand } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { CodeBlock } from '../../kit/CodeBlock';
import { CopyAs } from '../../kit/CopyAs';
import { Dialog } from '../../kit/Dialog';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { Skeleton } from '../../kit/Spinner';
import { TextField } from '../../kit/TextField';
import { useUnsavedGuard } from '../../kit/useUnsavedGuard';
import { ClashResolver } from './ClashResolver';
import { EMPTY, addressOf, argumentsOf, isSame, withAddress, type Draft } from './draft';
import { faultAt } from './faults';
import { ProbeOutcome } from './ProbeOutcome';
import { AddressField, ConnectionFields } from './RemoteForm';
import { free, nameFromUrl } from './remoteName';
import { useSavedRemote } from './savedRemote';
import { useProbe } from './useProbe';
import { WriteFailure } from './WriteFailure';
import style from './NewSchema.module.css';

const route = getRouteApi('/schemas/new');

export function NewSchema() {
  const { url, from } = route.useSearch();
  const original = useSavedRemote(from);
  const { data: overview, error } = useAsk('get_overview', {});
  const taken = overview?.remote_schemas.map(({ name }) => name) ?? [];
  const isReady = from === undefined || original.isSuccess || original.isError;
  const copied = original.data?.draft;
  const start: Draft = copied ? { ...copied, name: free(copied.name, taken) } : { ...EMPTY, definition: withAddress({}, 'url', url ?? '') };
  return (
    <>
      <PageHeader
        title="Add a remote schema"
        crumbs={[{ label: 'Remote Schemas', to: '/schemas' }]}
        description="Any GraphQL API: say where it is, see what it has, and add it when it looks right. Nothing is saved before that."
      />
      {error && <ErrorPanel error={error} />}
      {isReady && (overview || error) ? <AddForm start={start} taken={taken} /> : <Skeleton lines={6} />}
    </>
  );
}

function AddForm({ start, taken }: { start: Draft; taken: string[] }) {
  const [first] = useState(start);
  const [draft, setDraft] = useState(first);
  // Someone who came with an address wants to see what is there; someone who types one says when it is finished.
  const [isConnected, setIsConnected] = useState(addressOf(first.definition).text !== '');
  const [isCopying, setIsCopying] = useState(false);
  const add = useCommand();
  const navigate = useNavigate();
  const address = addressOf(draft.definition);
  const name = draft.name || nameFromUrl(address.source === 'url' ? address.text : `{{${address.text}}}`, taken);
  const named = { ...draft, name };
  const { data: probe, error, isBehind, refetch } = useProbe(named, { fetch: true, isEnabled: isConnected && address.text.trim() !== '' });
  const guard = useUnsavedGuard(!isSame(draft, first) && !add.isSuccess);

  const connect = () => {
    if (isConnected) void refetch();
    setIsConnected(true);
  };
  const save = () => {
    const args = argumentsOf(named);
    add.mutate(
      { type: 'add_remote_schema', args },
      { onSuccess: () => void navigate({ to: '/schemas/$name/overview', params: { name: args.name }, search: { added: 'yes' }, ignoreBlocker: true }) },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isConnected && probe?.counts && !isBehind) save();
    else connect();
  };
  const isTaken = taken.includes(name) && !add.isPending && !add.isSuccess;
  const nameFault = isTaken ? 'There is a remote schema of this name already; choose another one' : faultAt(probe?.faults ?? [], '/name');

  return (
    <form className={style.form} onSubmit={submit} noValidate>
      {guard}
      <Card title="Connection">
        <div className={style.fields}>
          <AddressField draft={draft} onChange={setDraft} probe={probe}>
            <Button kind={probe?.counts ? 'secondary' : 'primary'} icon={<Plug />} type="submit" isBusy={isConnected && isBehind} disabled={address.text.trim() === ''} onClick={(event) => (event.preventDefault(), connect())}>
              Connect
            </Button>
          </AddressField>
          <TextField
            className={style.name}
            label="Name"
            isCode
            value={name}
            placeholder="countries"
            hint="What it is called in Conjoin. It cannot be seen by clients."
            error={name === '' ? undefined : nameFault}
            onChange={(name) => setDraft({ ...draft, name })}
          />
          <ConnectionFields draft={draft} onChange={setDraft} probe={probe} />
          {isConnected && <ProbeOutcome probe={probe} isBehind={isBehind} />}
          {error && <ErrorPanel title="The gateway could not ask the remote" error={error} actions={<Button onClick={connect}>Try again</Button>} />}
        </div>
      </Card>
      {probe && (
        <ClashResolver
          clashes={probe.clashes}
          proposed={probe.proposed}
          customization={draft.definition.customization}
          onChange={(customization) => setDraft({ ...draft, definition: { ...draft.definition, customization } })}
        />
      )}
      {probe?.sdl && (
        <Card title="Preview: the schema as it will appear">
          <CodeBlock code={probe.sdl} language="graphql" label="schema" maxHeight={360} />
        </Card>
      )}
      {add.error && <WriteFailure title={`${name} was not added`} error={add.error} onSaveAnyway={save} />}
      <div className={style.actions}>
        <Button kind={probe && !probe.counts ? 'secondary' : 'primary'} isBusy={add.isPending} disabled={name === '' || address.text.trim() === '' || isTaken} onClick={save}>
          Add remote schema
        </Button>
        {probe && (
          <Button icon={<Copy />} onClick={() => setIsCopying(true)}>
            Copy as …
          </Button>
        )}
      </div>
      {probe && (
        <Dialog isOpen={isCopying} onClose={() => setIsCopying(false)} size="wide" title="Copy as CLI, YAML or API" description="The same without this page. Values of variables are never in it.">
          <CopyAs cli={probe.cli} yaml={probe.yaml} api={{ type: 'add_remote_schema', args: argumentsOf(named) }} />
        </Dialog>
      )}
    </form>
  );
}
