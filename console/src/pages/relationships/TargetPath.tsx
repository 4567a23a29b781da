// Where the value comes from: a query field of the target with its arguments, and on through its result, field by field.
import { ChevronRight, CornerDownRight } from 'lucide-react';
import { useState } from 'react';
import type { FieldDetail } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Button } from '../../kit/Button';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Skeleton } from '../../kit/Spinner';
import { ArgumentField, Unknown } from './ArgumentField';
import { FieldPicker, Signature } from './FieldPicker';
import { useFault, useFormState } from './FormState';
import { withFilling, type Filling, type PathStep } from './mapping';
import style from './TargetPath.module.css';

export function TargetPath() {
  const { form } = useFormState();
  const { data, error } = useAsk('list_remote_schema_types', { remote_schema: form.target, limit: 1 }, { enabled: form.target !== '' });
  if (form.target === '') return null;
  if (error) return <ErrorPanel title={`The fields of ${form.target} are not known`} error={error} />;
  if (!data) return <Skeleton lines={4} />;
  return <Step key={form.target} index={0} typeName={data.query_root} />;
}

function Step({ index, typeName }: { index: number; typeName: string }) {
  const { form, change } = useFormState();
  const { data } = useAsk('get_remote_schema_type', { remote_schema: form.target, type_name: typeName });
  const step = form.path[index];
  const [isPicking, setIsPicking] = useState(step === undefined);
  const error = useFault(`path/${index}`);
  if (!data) return <Skeleton lines={4} />;
  const field = data.fields.find(({ name }) => name === step?.field);
  const isRoot = index === 0;

  const pick = ({ name }: FieldDetail) => {
    setIsPicking(false);
    if (name === step?.field) return;
    // What came after belonged to another field.
    change((form) => ({ ...form, path: [...form.path.slice(0, index), { field: name, fillings: {}, unknown: {} }], batch: null }));
  };

  if (isPicking || !step) {
    return (
      <div className={style.step}>
        <FieldPicker
          label={isRoot ? 'Target field' : `Field of ${typeName}`}
          fields={data.fields}
          value={step?.field ?? null}
          onPick={pick}
          error={error}
          hasFocus={step !== undefined || !isRoot}
        />
        {step && (
          <Button size="small" kind="quiet" onClick={() => setIsPicking(false)}>
            Keep {step.field}
          </Button>
        )}
      </div>
    );
  }

  return (
    <div className={style.step}>
      <div className={style.head}>
        <span className={style.label}>{isRoot ? 'Target field' : `Field of ${typeName}`}</span>
        <div className={style.chosen}>
          {!isRoot && <CornerDownRight aria-hidden="true" />}
          <div className={style.signature}>{field ? <Signature of={field} /> : <code>{step.field}</code>}</div>
          <Button size="small" onClick={() => setIsPicking(true)} aria-label={`Change the target field ${step.field}`}>
            Change
          </Button>
          {!isRoot && (
            <Button size="small" onClick={() => change((form) => ({ ...form, path: form.path.slice(0, index), batch: null }))} aria-label={`Remove ${step.field} from the path`}>
              Remove
            </Button>
          )}
        </div>
        {error && <p className={style.error}>{error}</p>}
        {field?.description && <p className={style.description}>{field.description}</p>}
      </div>
      <Arguments step={step} index={index} field={field} />
      {field && <Onward field={field} index={index} />}
    </div>
  );
}

function Arguments({ step, index, field }: { step: PathStep; index: number; field: FieldDetail | undefined }) {
  const { form, change } = useFormState();
  const place = `path/${index}/arguments`;
  const error = useFault(place);
  const way = form.path.slice(0, index + 1).map(({ field }) => field);
  const fill = (name: string, filling: Filling | null) =>
    change((form) => ({
      ...form,
      path: form.path.map((step, other) => (other === index ? { ...step, fillings: withFilling(step.fillings, name, filling) } : step)),
    }));
  const known = field?.arguments ?? [];
  const unknown = Object.keys(step.fillings).filter((name) => !known.some((argument) => argument.name === name));
  if (known.length + unknown.length === 0) return field ? <p className={style.none}>It takes no arguments: every object gets the same value.</p> : null;
  return (
    <fieldset className={style.arguments}>
      <legend>
        Arguments of {step.field} <span>* required</span>
      </legend>
      {error && <p className={style.error}>{error}</p>}
      {known.map((argument) => (
        <ArgumentField
          key={argument.name}
          argument={argument}
          filling={step.fillings[argument.name]}
          onChange={(filling) => fill(argument.name, filling)}
          place={`${place}/${argument.name}`}
          field={way}
          way={[argument.name]}
          isOpen={index === form.path.length - 1}
        />
      ))}
      {field && unknown.map((name) => <Unknown key={name} name={name} place={`${place}/${name}`} onRemove={() => fill(name, null)} />)}
    </fieldset>
  );
}

/** What comes after a field: its result, or one of the fields of it. */
function Onward({ field, index }: { field: FieldDetail; index: number }) {
  const { form } = useFormState();
  const [isOpen, setIsOpen] = useState(false);
  const hasFields = (field.kind === 'object' || field.kind === 'interface') && !field.is_list;
  const hasNext = form.path.length > index + 1;
  if (hasNext || (isOpen && hasFields)) return <Step key={field.named_type} index={index + 1} typeName={field.named_type} />;
  const way = form.path.map(({ field }) => field);
  return (
    <div className={style.onward}>
      <span className={style.way}>
        {way.map((name) => (
          <span key={name}>
            <code>{name}</code>
            <ChevronRight aria-hidden="true" />
          </span>
        ))}
        returns <code className={style.type}>{field.type_text}</code>
      </span>
      {hasFields && (
        <Button size="small" kind="quiet" onClick={() => setIsOpen(true)}>
          Take a field of {field.named_type} instead
        </Button>
      )}
    </div>
  );
}
