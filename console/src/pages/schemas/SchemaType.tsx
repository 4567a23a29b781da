// One type: its fields with their arguments, what joins it, who does not see it, and its text.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAsk } from '../../api/ask';
import type { ArgumentDetail, FieldDetail, RelationshipRow, TypeDetail, ValueDetail } from '../../api/api';
import { Badge } from '../../kit/Badge';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { CodeBlock } from '../../kit/CodeBlock';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import { KIND_WORDS } from './typeKind';
import style from './SchemaType.module.css';

interface SchemaTypeProps {
  remote: string;
  name: string;
  isRoot: boolean;
}

export function SchemaType({ remote, name, isRoot }: SchemaTypeProps) {
  const { data: type, error } = useAsk('get_remote_schema_type', { remote_schema: remote, type_name: name });
  if (error) return <ErrorPanel title={`${name} cannot be shown`} error={error} />;
  if (!type) return <Skeleton lines={10} />;
  return (
    <article className={style.type} aria-label={`Type ${name}`}>
      <header className={style.head}>
        <h2>
          <code>{type.name}</code>
        </h2>
        <Badge>{isRoot ? 'root type' : KIND_WORDS[type.kind]}</Badge>
        {type.served_name && (
          <span>
            served as <code>{type.served_name}</code>
          </span>
        )}
        {type.kind === 'object' && !isRoot && (
          <ButtonLink size="small" className={style.join} to="/schemas/$name/relationships/new" params={{ name: remote }} search={{ type: type.name }}>
            Add a new relationship
          </ButtonLink>
        )}
      </header>
      {type.description && <p className={style.description}>{type.description}</p>}
      <Links remote={remote} title="Implements" names={type.interfaces} />
      <Links remote={remote} title={type.kind === 'union' ? 'One of' : 'Implemented by'} names={type.possible_types} />
      <Members remote={remote} type={type} />
      <Joins type={type} />
      {type.hidden_from.length > 0 && (
        <p>
          Hidden from{' '}
          {type.hidden_from.map((role) => (
            <Link key={role} className={style.role} to="/permissions/$role/$schema" params={{ role, schema: remote }}>
              {role}
            </Link>
          ))}
        </p>
      )}
      <Card title="SDL">
        <CodeBlock code={type.sdl} language="graphql" label={`SDL of ${type.name}`} maxHeight={320} />
      </Card>
    </article>
  );
}

// A type of thousands of fields is shown in part: the text below has all of it.
const MOST_MEMBERS = 500;

function Members({ remote, type }: { remote: string; type: TypeDetail }) {
  const rows = [
    ...type.fields.map((field) => <FieldRow key={field.name} remote={remote} field={field} />),
    ...type.input_fields.map((field) => <InputRow key={field.name} remote={remote} field={field} />),
    ...type.values.map((value) => <ValueRow key={value.name} value={value} />),
  ];
  if (rows.length === 0) return null;
  const title = type.values.length > 0 ? 'Values' : 'Fields';
  return (
    <Card title={`${title} (${rows.length})`} isFlush>
      <ul className={style.members}>{rows.slice(0, MOST_MEMBERS)}</ul>
      {rows.length > MOST_MEMBERS && <p className={style.rest}>The first {MOST_MEMBERS} are shown; the SDL below has all.</p>}
    </Card>
  );
}

function FieldRow({ remote, field: { name, served_name, type_text, named_type, kind, description, deprecated, arguments: args } }: { remote: string; field: FieldDetail }) {
  return (
    <li>
      <p className={style.signature}>
        <code>
          <strong>{name}</strong>
          {args.length > 0 && '('}
          {args.map((argument, index) => (
            <span key={argument.name}>
              {index > 0 && ', '}
              {argument.name}: <TypeLink remote={remote} text={argument.type_text} name={argument.named_type} isBuiltIn={isBuiltIn(argument.kind, argument.named_type)} />
              {argument.default !== null && ` = ${argument.default}`}
            </span>
          ))}
          {args.length > 0 && ')'}: <TypeLink remote={remote} text={type_text} name={named_type} isBuiltIn={isBuiltIn(kind, named_type)} />
        </code>
        {served_name && (
          <span className={style.note}>
            served as <code>{served_name}</code>
          </span>
        )}
        {deprecated !== null && <Badge tone="warn">deprecated</Badge>}
      </p>
      {description && <p className={style.description}>{description}</p>}
      {deprecated && <p className={style.note}>{deprecated}</p>}
      <ArgumentNotes arguments={args} />
    </li>
  );
}

function ArgumentNotes({ arguments: args }: { arguments: ArgumentDetail[] }) {
  const told = args.filter(({ description }) => description);
  if (told.length === 0) return null;
  return (
    <ul className={style.arguments}>
      {told.map(({ name, description }) => (
        <li key={name}>
          <code>{name}</code> {description}
        </li>
      ))}
    </ul>
  );
}

function InputRow({ remote, field: { name, type_text, named_type, kind, default: value, description } }: { remote: string; field: ArgumentDetail }) {
  return (
    <li>
      <p className={style.signature}>
        <code>
          <strong>{name}</strong>: <TypeLink remote={remote} text={type_text} name={named_type} isBuiltIn={isBuiltIn(kind, named_type)} />
          {value !== null && ` = ${value}`}
        </code>
      </p>
      {description && <p className={style.description}>{description}</p>}
    </li>
  );
}

function ValueRow({ value: { name, description, deprecated } }: { value: ValueDetail }) {
  return (
    <li>
      <p className={style.signature}>
        <code>
          <strong>{name}</strong>
        </code>
        {deprecated !== null && <Badge tone="warn">deprecated</Badge>}
      </p>
      {description && <p className={style.description}>{description}</p>}
    </li>
  );
}

function Joins({ type: { relationships, used_by } }: { type: TypeDetail }) {
  if (relationships.length + used_by.length === 0) return null;
  return (
    <Card title="Relationships">
      <ul className={style.joins}>
        {[...relationships, ...used_by].map((row) => (
          <Join key={`${row.remote_schema} ${row.type_name} ${row.name}`} row={row} />
        ))}
      </ul>
    </Card>
  );
}

function Join({ row: { remote_schema, type_name, name, target, problem } }: { row: RelationshipRow }) {
  return (
    <li>
      <Link to="/schemas/$name/relationships/$type/$rel" params={{ name: remote_schema, type: type_name, rel: name }}>
        <code>
          {type_name}.{name}
        </code>
      </Link>{' '}
      of <RemoteChip name={remote_schema} />
      {target && (
        <>
          {' → '}
          <RemoteChip name={target.remote_schema} /> <code>{target.path.join('.')}</code>
        </>
      )}{' '}
      {problem && <Badge tone="bad">{problem.code}</Badge>}
    </li>
  );
}

function Links({ remote, title, names }: { remote: string; title: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <p className={style.links}>
      {title}
      {names.map((name) => (
        <code key={name}>
          <TypeLink remote={remote} text={name} name={name} isBuiltIn={false} />
        </code>
      ))}
    </p>
  );
}

const BUILT_IN = ['Int', 'Float', 'String', 'Boolean', 'ID'];
const isBuiltIn = (kind: string, name: string) => kind === 'scalar' && BUILT_IN.includes(name);

function TypeLink({ remote, text, name, isBuiltIn }: { remote: string; text: string; name: string; isBuiltIn: boolean }): ReactNode {
  if (isBuiltIn) return text;
  const at = text.indexOf(name);
  return (
    <>
      {text.slice(0, at)}
      <Link to="/schemas/$name/schema" params={{ name: remote }} search={(search) => ({ ...search, type: name })}>
        {name}
      </Link>
      {text.slice(at + name.length)}
    </>
  );
}
