// How keys are sent: one aliased field each, or all of them in one list, with the field of a result that tells whose it is.
import { Layers } from 'lucide-react';
import type { Batch } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Checkbox } from '../../kit/Checkbox';
import { Combobox } from '../../kit/Combobox';
import { NumberField } from '../../kit/NumberField';
import { Select } from '../../kit/Select';
import { TextField } from '../../kit/TextField';
import { useFault, useFormState } from './FormState';
import { formOf, keysOf } from './mapping';
import { Sentence } from './Sentence';
import { useWay } from './targetWay';
import style from './Batching.module.css';

/** One click to the list form, where the server has found that there is one. */
export function BatchOffer() {
  const { form, change, check } = useFormState();
  const offer = check?.batch_offer;
  if (!offer || form.batch) return null;
  const take = () =>
    change((form) => {
      const offered = formOf({ type_name: form.typeName, name: form.name, definition: offer.definition });
      return typeof offered === 'string' ? form : offered;
    });
  return (
    <div className={style.offer}>
      <Layers aria-hidden="true" />
      <p>
        <Sentence text={offer.message} />
      </p>
      <Button size="small" onClick={take}>
        Batch by list
      </Button>
    </div>
  );
}

export function Batching() {
  const { batch } = useFormState().form;
  return batch && <ListBatch batch={batch} />;
}

function ListBatch({ batch }: { batch: Batch }) {
  const { form, change } = useFormState();
  const error = useFault('batch');
  const pathError = useFault('batch/path', true);
  const way = useWay(form.target, [...form.path.map(({ field }) => field), ...(batch.path ?? [])]);
  const element = way.at(-1)?.named_type ?? '';
  const { data } = useAsk('get_remote_schema_type', { remote_schema: form.target, type_name: element }, { enabled: element !== '' });
  const set = (part: Partial<Batch>) => change((form) => ({ ...form, batch: { ...batch, ...part } }));
  const keys = [...new Set([...keysOf(form), ...Object.keys(batch.keys)])];
  const options = (data?.fields ?? []).filter(({ kind }) => kind === 'scalar' || kind === 'enum').map(({ name, type_text }) => ({ value: name, label: name, hint: type_text }));
  return (
    <fieldset className={style.batch}>
      <legend>Batch by list</legend>
      <p className={style.text}>All keys are sent in one list. Each result has to carry the key that it belongs to.</p>
      {error && <p className={style.error}>{error}</p>}
      {keys.map((key) => (
        <KeyOf key={key} name={key} value={batch.keys[key] ?? null} options={options} element={element} onChange={(field) => set({ keys: { ...batch.keys, [key]: field } })} />
      ))}
      <Checkbox
        label="Several results may belong to one key"
        hint="The relationship is then a list."
        isChecked={batch.many ?? false}
        onChange={(many) => set({ many: many || undefined })}
      />
      <TextField
        label="Path to the list"
        isOptional
        isCode
        placeholder="nodes"
        hint="From the target field to the list of results, with dots between the fields; empty when it is the target field."
        value={(batch.path ?? []).join('.')}
        onChange={(text) => set({ path: text === '' ? undefined : text.split('.') })}
        error={pathError}
      />
      <Button size="small" onClick={() => change((form) => ({ ...form, batch: null }))}>
        Send keys one by one instead
      </Button>
    </fieldset>
  );
}

interface KeyOfProps {
  name: string;
  value: string | null;
  options: { value: string; label: string; hint: string }[];
  element: string;
  onChange: (field: string) => void;
}

function KeyOf({ name, value, options, element, onChange }: KeyOfProps) {
  return (
    <Combobox
      label={`Field of ${element || 'a result'} that carries ${name}`}
      isCode
      value={value}
      options={options}
      onChange={(field) => field !== null && onChange(field)}
      error={useFault(`batch/keys/${name}`)}
    />
  );
}

const ON_ERROR = [
  { value: 'null', label: 'The field is null, and the error is listed' },
  { value: 'fail', label: 'The whole response fails' },
] as const;

export function Advanced() {
  const { form, change } = useFormState();
  const { batch, onError } = form;
  const onErrorFault = useFault('on_error');
  const maxFault = useFault('batch/max');
  return (
    <details className={style.advanced} open={onErrorFault || maxFault ? true : undefined}>
      <summary>Advanced</summary>
      <div className={style.fields}>
        <Select
          label="When the target cannot be reached"
          value={onError ?? 'null'}
          onChange={(value: 'null' | 'fail') => change((form) => ({ ...form, onError: value === 'fail' ? value : null }))}
          options={[...ON_ERROR]}
          error={onErrorFault}
        />
        {batch && (
          <NumberField
            label="Most keys in one request"
            isOptional
            hint="All of them when empty."
            min={1}
            value={batch.max ?? null}
            onChange={(max) => change((form) => ({ ...form, batch: { ...batch, max: max ?? undefined } }))}
            error={maxFault}
          />
        )}
      </div>
    </details>
  );
}
