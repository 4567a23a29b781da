// An argument of a field on the way to the target, or a member of an input object: where its value comes from, and which it is.
import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ArgumentDetail } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Button } from '../../kit/Button';
import { Combobox } from '../../kit/Combobox';
import { IconButton } from '../../kit/IconButton';
import { Select } from '../../kit/Select';
import { useFault, useFormState } from './FormState';
import { valueOf, withFilling, type Filling, type Fillings } from './mapping';
import type { Place } from './places';
import { StaticValue } from './StaticValue';
import { bestKey } from './usePreselection';
import style from './ArgumentField.module.css';

interface ArgumentFieldProps {
  argument: ArgumentDetail;
  filling: Filling | undefined;
  onChange: (filling: Filling | null) => void;
  place: Place;
  /** The field it is of, from the query root, and the way to it through input objects. */
  field: string[];
  way: string[];
  /** Whether clients can give it when nothing else does. */
  isOpen: boolean;
}

type Source = Filling['from'] | 'clients';

export function ArgumentField(props: ArgumentFieldProps) {
  const { argument, filling, onChange, place, field, way, isOpen } = props;
  const { name, type_text, is_required, description } = argument;
  const { remoteSchema, form } = useFormState();
  const isNested = filling?.from === 'members' || filling?.from === 'list';
  const error = useFault(place, !isNested);
  const options = sourcesOf(argument, filling, isOpen);

  const choose = async (source: Source) => {
    onChange(emptyFilling(source, argument, filling));
    if (source !== 'field' || !form.typeName) return;
    const best = await bestKey(remoteSchema, form.typeName, { remote_schema: form.target, field, argument: way });
    if (best !== null) onChange({ from: 'field', field: best });
  };

  return (
    <div className={style.argument}>
      <div className={style.row}>
        <p className={style.name} title={description ?? undefined}>
          <code>{name}</code>
          {is_required && (
            <b className={style.star} title="required">
              *<span className={style.hidden}> required</span>
            </b>
          )}
          <code className={style.type}>{type_text}</code>
        </p>
        <Select label={`Fill ${name} from`} hideLabel value={filling?.from ?? 'clients'} onChange={(source: Source) => void choose(source)} options={options} />
        {!isNested && (
          <div className={style.value}>
            {filling?.from === 'field' && <SourceField {...props} chosen={filling.field} error={error} />}
            {filling?.from === 'value' && <StaticValue {...{ argument, error, value: filling.value }} onChange={(value) => onChange({ from: 'value', value })} />}
            {!filling && <Absent isRequired={is_required} isOpen={isOpen} defaultText={argument.default} error={error} />}
          </div>
        )}
      </div>
      {isNested && error && <p className={style.error}>{error}</p>}
      {filling?.from === 'members' && <Members {...props} members={filling.members} />}
      {filling?.from === 'list' && <Items {...props} items={filling.items} />}
    </div>
  );
}

function Absent({ isRequired, isOpen, defaultText, error }: { isRequired: boolean; isOpen: boolean; defaultText: string | null; error: ReactNode }) {
  if (error) return <p className={style.error}>{error}</p>;
  const words = !isOpen ? 'Not sent.' : isRequired ? 'Clients have to give it.' : 'Clients may give it.';
  return <p className={style.absent}>{defaultText === null ? words : `${words} Otherwise ${defaultText}.`}</p>;
}

function SourceField({ argument, chosen, onChange, field, way, error }: ArgumentFieldProps & { chosen: string; error: ReactNode }) {
  const { remoteSchema, form } = useFormState();
  const place = { remote_schema: form.target, field, argument: way };
  const { data } = useAsk('list_relationship_keys', { remote_schema: remoteSchema, type_name: form.typeName, argument: place }, { enabled: form.typeName !== '', keepPrevious: true });
  const options = [...(data?.fields ?? [])]
    .sort((a, b) => Number(b.fits) - Number(a.fits) || b.score - a.score)
    .map(({ name, type_text, fits, reason }) => ({ value: name, label: name, hint: type_text, disabledReason: fits ? undefined : (reason ?? 'does not fit') }));
  return (
    <Combobox
      label={`Source field for ${argument.name}`}
      hideLabel
      isCode
      value={chosen || null}
      onChange={(name) => onChange({ from: 'field', field: name ?? '' })}
      options={options}
      placeholder={form.typeName ? `A field of ${form.typeName}` : 'Choose the source type first'}
      emptyText={form.typeName ? `${form.typeName} has no such field.` : 'Choose the source type first.'}
      error={chosen === '' && error ? 'Choose the field that gives the value.' : error}
    />
  );
}

/** The members of an input object, one by one; those that are left alone stay with clients. */
function Members({ argument, members, onChange, place, ...rest }: ArgumentFieldProps & { members: Fillings }) {
  const { form } = useFormState();
  const { data } = useAsk('get_remote_schema_type', { remote_schema: form.target, type_name: argument.named_type });
  const inputs = data?.input_fields ?? [];
  const unknown = Object.keys(members).filter((name) => data && !inputs.some((input) => input.name === name));
  return (
    <fieldset className={style.nested}>
      <legend className={style.hidden}>Members of {argument.name}</legend>
      {inputs.map((input) => (
        <ArgumentField
          {...rest}
          key={input.name}
          argument={input}
          filling={members[input.name]}
          onChange={(filling) => onChange({ from: 'members', members: withFilling(members, input.name, filling) })}
          place={`${place}/${input.name}`}
          way={[...rest.way, input.name]}
        />
      ))}
      {unknown.map((name) => (
        <Unknown key={name} name={name} place={`${place}/${name}`} onRemove={() => onChange({ from: 'members', members: withFilling(members, name, null) })} />
      ))}
    </fieldset>
  );
}

/** Something that is filled, and that the remote does not have. */
export function Unknown({ name, place, onRemove }: { name: string; place: Place; onRemove: () => void }) {
  const error = useFault(place, true);
  return (
    <div className={style.row}>
      <p className={style.name}>
        <code>{name}</code>
      </p>
      <p className={style.error}>{error ?? 'The remote schema does not have it.'}</p>
      <Button size="small" icon={<X />} onClick={onRemove}>
        Remove {name}
      </Button>
    </div>
  );
}

function Items({ argument, items, onChange, place, ...rest }: ArgumentFieldProps & { items: Filling[] }) {
  // An element is written as the argument is, without the list around it.
  const element: ArgumentDetail = { ...argument, is_list: false, is_required: true, type_text: argument.type_text.replace(/^\[(.*)\]!?$/, '$1') };
  const change = (items: Filling[]) => onChange({ from: 'list', items });
  return (
    <fieldset className={style.nested}>
      <legend className={style.hidden}>Elements of {argument.name}</legend>
      {items.map((item, index) => (
        <div key={index} className={style.item}>
          <ArgumentField
            {...rest}
            argument={{ ...element, name: `${argument.name}[${index}]` }}
            filling={item}
            onChange={(filling) => change(filling ? items.with(index, filling) : items.toSpliced(index, 1))}
            place={`${place}/${index}`}
            isOpen={false}
          />
          <IconButton label={`Remove element ${index + 1} of ${argument.name}`} icon={<X />} onClick={() => change(items.toSpliced(index, 1))} />
        </div>
      ))}
      <Button size="small" kind="quiet" icon={<Plus />} onClick={() => change([...items, emptyFilling(argument.kind === 'input_object' ? 'members' : 'field', element, undefined) ?? { from: 'value', value: null }])}>
        Add an element
      </Button>
    </fieldset>
  );
}

function sourcesOf({ kind, is_list }: ArgumentDetail, filling: Filling | undefined, isOpen: boolean): { value: Source; label: string }[] {
  const isInput = kind === 'input_object';
  const sources: { value: Source; label: string; isThere: boolean }[] = [
    { value: 'clients', label: isOpen ? 'Leave to clients' : 'Leave out', isThere: true },
    { value: 'field', label: 'Source field', isThere: true },
    { value: 'members', label: 'Its members', isThere: (isInput && !is_list) || filling?.from === 'members' },
    { value: 'list', label: 'Its elements', isThere: is_list },
    { value: 'value', label: 'Static value', isThere: true },
  ];
  return sources.filter(({ isThere }) => isThere);
}

/** What an argument gets when another source is chosen. What was there is taken over where it can be. */
function emptyFilling(source: Source, { kind, is_list, named_type }: ArgumentDetail, before: Filling | undefined): Filling | null {
  switch (source) {
    case 'clients':
      return null;
    case 'field':
      return { from: 'field', field: '' };
    case 'members':
      return { from: 'members', members: {} };
    case 'list':
      return { from: 'list', items: [before?.from === 'field' ? before : kind === 'input_object' ? { from: 'members', members: {} } : { from: 'field', field: '' }] };
    case 'value':
      if (before?.from === 'members') return { from: 'value', value: valueOf(before) };
      if (is_list) return { from: 'value', value: [] };
      if (kind === 'input_object') return { from: 'value', value: {} };
      return { from: 'value', value: named_type === 'Boolean' ? true : named_type === 'Int' || named_type === 'Float' ? 0 : '' };
  }
}
