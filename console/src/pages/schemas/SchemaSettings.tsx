// The definition of a remote schema, always to be changed, and all the more when it is broken.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useAsk } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { CopyAs } from '../../kit/CopyAs';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { useUnsavedGuard } from '../../kit/useUnsavedGuard';
import { ClashResolver } from './ClashResolver';
import { argumentsOf, type Draft } from './draft';
import { ProbeOutcome } from './ProbeOutcome';
import { RemoveSchema } from './RemoveSchema';
import { RenameSchema } from './RenameSchema';
import { AddressField, ConnectionFields } from './RemoteForm';
import type { SavedRemote } from './savedRemote';
import { SavedRemoteLoader } from './SavedRemoteLoader';
import { useProbe } from './useProbe';
import { useRemoteEdit } from './useRemoteEdit';
import { WriteFailure } from './WriteFailure';
import style from './NewSchema.module.css';

const route = getRouteApi('/schemas/$name');

export function SchemaSettings() {
  const { name } = route.useParams();
  return <SavedRemoteLoader name={name}>{(saved, draft) => <SettingsForm key={name} saved={saved} draft={draft} />}</SavedRemoteLoader>;
}

function SettingsForm({ saved, draft: savedDraft }: { saved: SavedRemote; draft: Draft }) {
  const edit = useRemoteEdit(saved, savedDraft);
  const { draft, setDraft, isDirty } = edit;
  const [isAsking, setIsAsking] = useState(false);
  const guard = useUnsavedGuard(isDirty);
  const { data: probe, error, isBehind, refetch } = useProbe(draft, { replaces: draft.name, fetch: isAsking });

  const connect = () => {
    if (isAsking) void refetch();
    setIsAsking(true);
  };

  return (
    <div className={style.form}>
      <form className={style.form} noValidate onSubmit={(event) => (event.preventDefault(), edit.save())}>
        {guard}
        <Card title="Connection">
          <div className={style.fields}>
            <AddressField draft={draft} onChange={setDraft} probe={probe}>
              <Button isBusy={isAsking && isBehind} onClick={connect}>
                Connect
              </Button>
            </AddressField>
            <ConnectionFields draft={draft} onChange={setDraft} probe={probe} />
            {isAsking && <ProbeOutcome probe={probe} isBehind={isBehind} />}
            {error && <ErrorPanel title="The gateway could not look at this" error={error} />}
          </div>
        </Card>
        {probe && probe.clashes.length > 0 && (
          <ClashResolver
            clashes={probe.clashes}
            proposed={probe.proposed}
            customization={draft.definition.customization}
            onChange={(customization) => setDraft({ ...draft, definition: { ...draft.definition, customization } })}
          />
        )}
        {edit.error && <WriteFailure title="It was not saved" error={edit.error} onSaveAnyway={edit.saveAnyway} onReload={edit.discard} />}
        <div className={style.actions}>
          <Button kind="primary" type="submit" isBusy={edit.isSaving} disabled={!isDirty}>
            Save changes
          </Button>
          <Button disabled={!isDirty} onClick={edit.discard}>
            Discard
          </Button>
          <p role="status">{edit.isSaved ? 'Saved.' : ''}</p>
        </div>
        {probe && (
          <Card title="The same as text">
            <CopyAs yaml={probe.yaml} api={{ type: 'update_remote_schema', args: argumentsOf(draft) }} />
          </Card>
        )}
      </form>
      <RenameSchema name={draft.name} isUnsaved={isDirty} />
      <Removal name={draft.name} />
    </div>
  );
}

function Removal({ name }: { name: string }) {
  const { data: overview } = useAsk('get_overview', {});
  const [isOpen, setIsOpen] = useState(false);
  const navigate = useNavigate();
  const roles = overview?.remote_schemas.find((remote) => remote.name === name)?.roles ?? [];
  return (
    <Card title="Remove this remote schema">
      <div className={style.fields}>
        <p>Its types and fields, the relationships on them and its permissions are removed from Conjoin. You are shown what goes before it goes.</p>
        <div>
          <Button kind="danger" icon={<Trash2 />} onClick={() => setIsOpen(true)}>
            Remove {name}
          </Button>
        </div>
      </div>
      <RemoveSchema remote={{ name, roles }} isOpen={isOpen} onClose={() => setIsOpen(false)} onRemoved={() => void navigate({ to: '/schemas', ignoreBlocker: true })} />
    </Card>
  );
}
