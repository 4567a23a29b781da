// The ticks: types on the left, thousands if need be, and the members of one of them on the right, with arguments and presets.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { Checkbox } from '../../kit/Checkbox';
import { TextField } from '../../kit/TextField';
import { Button } from '../../kit/Button';
import { type Argument, type Grant, type Member, type Schema, type TypeOfSchema, isValue, setPreset, stateOf, toggle, toggleType } from './grant';
import style from './permissions.module.css';

const ROW = 36;

interface GrantTreeProps {
  schema: Schema;
  /** By place: the relationships that need it. */
  uses: ReadonlyMap<string, string[]>;
  grant: Grant;
  onChange: (grant: Grant) => void;
}

export function GrantTree({ schema, uses, grant, onChange }: GrantTreeProps) {
  const [search, setSearch] = useState('');
  const roots = useMemo(() => new Set(schema.roots.values()), [schema]);
  const types = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const hasIt = ({ name, members }: TypeOfSchema) => name.toLowerCase().includes(wanted) || members.some((member) => member.name.toLowerCase().includes(wanted));
    const rank = ({ name }: TypeOfSchema) => (roots.has(name) ? 0 : 1);
    return [...schema.types.values()].filter((type) => type.members.length > 0 && hasIt(type)).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }, [schema, search, roots]);
  const [chosen, setChosen] = useState<string | null>(null);
  const type = types.find(({ name }) => name === chosen) ?? types[0];
  return (
    <div className={style.tree}>
      <div className={style.types}>
        <TextField label="Search types and fields" value={search} onChange={setSearch} type="search" />
        <TypeList types={types} grant={grant} chosen={type?.name} onChoose={setChosen} onToggle={(name, isOn) => onChange(toggleType(schema, grant, name, isOn))} />
      </div>
      {type ? <Members key={type.name} {...{ type, schema, uses, grant, onChange }} /> : <p className={style.quiet}>Nothing has that in its name.</p>}
    </div>
  );
}

interface TypeListProps {
  types: TypeOfSchema[];
  grant: Grant;
  chosen: string | undefined;
  onChoose: (name: string) => void;
  onToggle: (name: string, isOn: boolean) => void;
}

function TypeList({ types, grant, chosen, onChoose, onToggle }: TypeListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: types.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  return (
    <div ref={scroller} className={style.scroller}>
      <ul className={style.virtual} style={{ height: rows.getTotalSize() }} aria-label="Types">
        {rows.getVirtualItems().map(({ index, start }) => {
          const type = types[index];
          if (!type) return null;
          const state = stateOf(type, grant);
          return (
            <li key={type.name} className={style.type} style={{ transform: `translateY(${start}px)`, height: ROW }} aria-setsize={types.length} aria-posinset={index + 1}>
              <Checkbox label={`All of ${type.name}`} hideLabel isChecked={state === 'all' ? true : state === 'some' ? 'mixed' : false} onChange={(isOn) => onToggle(type.name, isOn)} />
              <button type="button" className={style.typeName} aria-pressed={type.name === chosen} onClick={() => onChoose(type.name)}>
                <span>{type.name}</span>
                <span className={style.kind}>{type.kind}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Members({ type, ...rest }: GrantTreeProps & { type: TypeOfSchema }) {
  return (
    <section className={style.members} aria-label={type.name}>
      <h3>
        {type.name} <span className={style.kind}>{type.kind}</span>
      </h3>
      <ul className={style.plain}>
        {type.members.map((member) => (
          <MemberRow key={member.place} type={type} member={member} {...rest} />
        ))}
      </ul>
    </section>
  );
}

function MemberRow({ type, member, schema, uses, grant, onChange }: GrantTreeProps & { type: TypeOfSchema; member: Member }) {
  const isGranted = grant.granted.has(member.place);
  const needed = uses.get(member.place) ?? [];
  return (
    <li>
      <div className={style.row}>
        <Checkbox
          label={<Signature name={member.name} type={member.type} />}
          hint={needed.length > 0 ? `needed by ${needed.join(', ')}` : undefined}
          isChecked={isGranted}
          onChange={(isOn) => onChange(toggle(schema, grant, member.place, isOn))}
        />
        {type.kind === 'input' && isGranted && <Preset place={member.place} grant={grant} onChange={onChange} />}
      </div>
      {isGranted && member.arguments.length > 0 && (
        <ul className={style.arguments} aria-label={`Arguments of ${member.name}`}>
          {member.arguments.map((argument) => (
            <ArgumentRow key={argument.place} {...{ argument, schema, grant, onChange }} />
          ))}
        </ul>
      )}
    </li>
  );
}

function ArgumentRow({ argument, schema, grant, onChange }: Omit<GrantTreeProps, 'uses'> & { argument: Argument }) {
  const isGranted = grant.granted.has(argument.place);
  return (
    <li className={style.row}>
      <Checkbox
        label={<Signature name={argument.name} type={argument.type} />}
        hint={argument.isRequired ? 'required' : undefined}
        isChecked={isGranted}
        onChange={(isOn) => onChange(toggle(schema, grant, argument.place, isOn))}
      />
      {isGranted && <Preset place={argument.place} grant={grant} onChange={onChange} />}
    </li>
  );
}

const Signature = ({ name, type }: { name: string; type: string }) => (
  <code>
    {name}
    {type && <span className={style.kind}>: {type}</span>}
  </code>
);

/** What is sent in place of what the client would send. Typed as GraphQL: `5`, `"a"`, `"x-hasura-user-id"`. */
function Preset({ place, grant, onChange }: Omit<GrantTreeProps, 'schema' | 'uses'> & { place: string }) {
  const stored = grant.presets.get(place);
  const [text, setText] = useState(stored ?? '');
  const [isOpen, setOpen] = useState(stored !== undefined);
  if (!isOpen) {
    return (
      <Button size="small" kind="quiet" onClick={() => setOpen(true)}>
        Preset<span className={style.hidden}> {place}</span>
      </Button>
    );
  }
  const isWrong = text.trim() !== '' && !isValue(text);
  const take = (next: string) => {
    setText(next);
    if (next.trim() === '') onChange(setPreset(grant, place, null));
    else if (isValue(next)) onChange(setPreset(grant, place, next.trim()));
  };
  return (
    <div className={style.preset}>
      <TextField
        label={`Preset of ${place}`}
        hideLabel
        isCode
        placeholder={'"x-hasura-user-id"'}
        value={text}
        onChange={take}
        error={isWrong ? 'not a GraphQL value: texts stand in quotes' : undefined}
      />
      <Button
        size="small"
        kind="quiet"
        onClick={() => {
          take('');
          setOpen(false);
        }}
      >
        Clear<span className={style.hidden}> the preset of {place}</span>
      </Button>
    </div>
  );
}
