// A relationship is made or changed here: the form at the left, and what the gateway says of it at the right.
import { useNavigate } from '@tanstack/react-router';
import { lazy, useCallback, useMemo, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useAsk, useCommand } from '../../api/ask';
import { Button, ButtonLink } from '../../kit/Button';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { LazyPart } from '../../kit/LazyPart';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { Tabs } from '../../kit/Tabs';
import { TextField } from '../../kit/TextField';
import { Combobox } from '../../kit/Combobox';
import { useUnsavedGuard } from '../../kit/useUnsavedGuard';
import { Advanced, Batching, BatchOffer } from './Batching';
import { FormStateProvider, useFault, useFormState } from './FormState';
import { isSame, relationshipOf, type RelationshipForm } from './mapping';
import { Preview } from './Preview';
import { SavedMeanwhile } from './SavedMeanwhile';
import { savingCommand, type Saved } from './saving';
import { SourceType } from './SourceType';
import { TargetPath } from './TargetPath';
import { usePreselection } from './usePreselection';
import { useRelationshipCheck } from './useRelationshipCheck';
import style from './RelationshipBuilder.module.css';

const YamlTwin = lazy(() => import('./YamlTwin'));

interface RelationshipBuilderProps {
  remoteSchema: string;
  initial: RelationshipForm;
  /** The relationship that is changed; null for a new one, and for one that somebody has removed meanwhile. */
  replaced: Saved | null;
  /** What is saved of it by now, which somebody else may have changed; null as `replaced` is. */
  saved: RelationshipForm | null;
}

export function RelationshipBuilder({ remoteSchema, initial, replaced, saved }: RelationshipBuilderProps) {
  const navigate = useNavigate();
  const [form, change] = useState(initial);
  // What is changed here; it moves on when somebody else saves and one has seen it.
  const [base, setBase] = useState(saved);
  // Fields that keep a text of their own while one types begin anew with what is taken.
  const [taken, setTaken] = useState(0);
  const [tab, setTab] = useState<'form' | 'yaml'>('form');
  const [wasTried, setWasTried] = useState(false);
  const save = useCommand();
  const overview = useAsk('get_overview', {});
  const formElement = useRef<HTMLFormElement>(null);
  usePreselection(remoteSchema, form, change, tab === 'form');

  const relationship = useMemo(() => relationshipOf(form), [form]);
  const missing = missingIn(form);
  const { check, error, isCurrent } = useRelationshipCheck(
    { remote_schema: remoteSchema, ...relationship, replaces: replaced?.type_name === form.typeName ? replaced.name : null },
    missing === null,
  );
  const faults = useMemo(() => [...(check?.faults ?? []), ...(wasTried ? gapsIn(form) : [])], [check, wasTried, form]);
  const command = useMemo(() => savingCommand(remoteSchema, relationship, replaced), [remoteSchema, relationship, replaced]);

  const isDirty = !isSame(form, base ?? initial);
  const isSaving = save.isPending || save.isSuccess;
  const guard = useUnsavedGuard(isDirty && !isSaving);
  const take = (theirs: RelationshipForm) => {
    setBase(theirs);
    change(theirs);
    setTaken(taken + 1);
  };
  const wasChanged = !isSaving && !isSame(saved, base);
  // Where nothing was typed there is nothing to keep.
  if (wasChanged && saved && !isDirty) take(saved);
  const isConflict = wasChanged && !isSame(saved, form);

  const submit = useCallback(
    async (event: FormEvent) => {
      event.preventDefault();
      setWasTried(true);
      if (missing !== null || (isCurrent && check && !check.ok)) {
        // After the messages are there.
        setTimeout(() => formElement.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
        return;
      }
      save.mutate({ ...command, resource_version: overview.data?.resource_version }, {
        onSuccess: () => void navigate({ to: '/schemas/$name/relationships', params: { name: remoteSchema } }),
      });
    },
    [missing, isCurrent, check, save, command, overview.data, navigate, remoteSchema],
  );

  const action = replaced ? 'Save relationship' : 'Add Relationship';
  return (
    <FormStateProvider remoteSchema={remoteSchema} form={form} change={change} check={check} faults={faults}>
      <div className={style.columns}>
        <form ref={formElement} className={style.form} onSubmit={submit} noValidate aria-label={replaced ? 'Relationship' : 'New relationship'}>
          <Tabs
            label="Ways to write it"
            value={tab}
            onChange={setTab}
            tabs={[
              { id: 'form', label: 'Form', content: tab === 'form' && <Fields key={taken} /> },
              { id: 'yaml', label: 'YAML', content: tab === 'yaml' && <LazyPart fallback={<Skeleton lines={6} />}><YamlTwin key={taken} /></LazyPart> },
            ]}
          />
          {isConflict && <SavedMeanwhile theirs={saved} mine={form} onKeep={() => setBase(saved)} onTake={take} />}
          {save.error && <ErrorPanel title="The relationship was not saved" error={save.error} />}
          <div className={style.actions}>
            <Button type="submit" kind="primary" isBusy={save.isPending} disabled={isConflict}>
              {action}
            </Button>
            <ButtonLink to="/schemas/$name/relationships" params={{ name: remoteSchema }}>
              Cancel
            </ButtonLink>
            {wasTried && missing !== null && (
              <p className={style.missing} role="status">
                {missing}
              </p>
            )}
          </div>
        </form>
        <aside className={style.preview} aria-label="Preview">
          <Preview missing={missing} error={error} isCurrent={isCurrent} command={command} />
        </aside>
      </div>
      {guard}
    </FormStateProvider>
  );
}

function Fields() {
  const { form, change } = useFormState();
  const overview = useAsk('get_overview', {});
  const whole = useFault('form');
  const targets = (overview.data?.remote_schemas ?? []).map(({ name, counts, health }) => ({
    value: name,
    label: name,
    hint: counts ? `${counts.queries} query fields` : health,
  }));
  return (
    <div className={style.fields}>
      {whole && (
        <p className={style.fault} role="alert">
          {whole}
        </p>
      )}
      <div className={style.pair}>
        <SourceType />
        <TextField
          label="Name"
          hint="The field that clients ask for."
          isCode
          value={form.name}
          onChange={(name) => change((form) => ({ ...form, name }))}
          error={useFault('name')}
        />
      </div>
      <Arrow />
      <Combobox
        label="Target remote schema"
        hint="Where the value comes from."
        isCode
        value={form.target || null}
        onChange={(target) => change((form) => (target === form.target ? form : { ...form, target: target ?? '', path: [], batch: null }))}
        options={targets}
        placeholder="Choose a remote schema"
        error={useFault('target')}
      />
      <TargetPath />
      <BatchOffer />
      <Batching />
      {form.path.length > 0 && <Advanced />}
    </div>
  );
}

/** What joins what, in one line. */
function Arrow(): ReactNode {
  const { remoteSchema, form } = useFormState();
  return (
    <p className={style.arrow} aria-hidden="true">
      <RemoteChip name={remoteSchema} />
      <code>
        {form.typeName || 'Type'}.{form.name || 'name'}
      </code>
      <span className={style.line} />
      {form.target ? <RemoteChip name={form.target} /> : <span className={style.open}>remote schema</span>}
      {form.path.length > 0 && <code>{form.path.map(({ field }) => field).join('.')}</code>}
    </p>
  );
}

/** What has to be chosen before there is anything to check. */
function missingIn({ typeName, name, target, path }: RelationshipForm): string | null {
  const gaps = [!typeName && 'a source type', typeName && path.length > 0 && !name && 'a name', !target && 'a target remote schema', path.length === 0 && 'a target field'].filter((gap) => gap !== false);
  return gaps.length === 0 ? null : `Choose ${gaps.join(', ').replace(/, ([^,]*)$/, ' and $1')}: then you see here what it would do.`;
}

/** The same at the fields, once somebody has tried to save. */
function gapsIn({ typeName, name, target, path }: RelationshipForm) {
  const gap = (pointer: string, message: string) => ({ pointer, message, code: 'missing' });
  return [
    ...(typeName ? [] : [gap('/type_name', 'choose the type that gets the field')]),
    ...(name ? [] : [gap('/name', 'say what the field is called')]),
    ...(target ? [] : [gap('/definition/to_remote_schema/remote_schema', 'choose where the value comes from')]),
    ...(target && path.length === 0 ? [gap('/definition/to_remote_schema/remote_field', 'choose the field that gives the value')] : []),
  ];
}
