// Headers that are sent to a remote: a value, or the name of a variable on the server, of which we only learn whether it is set.
import { Eye, EyeOff, Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { Header, Variable } from '../api/api';
import { Badge } from './Badge';
import { Button } from './Button';
import { IconButton } from './IconButton';
import { Select } from './Select';
import { TextField } from './TextField';
import { isSecret, valueOf, withName, withSource, withValue, type HeaderSource } from './headers';
import style from './HeaderTable.module.css';

interface HeaderTableProps {
  /** "Request headers", say. */
  label: string;
  headers: Header[];
  onChange: (headers: Header[]) => void;
  /** What is known of the server's variables: the answer of `probe_remote_schema` has them. */
  variables?: Variable[];
  /** What is wrong with a header, by its place. */
  errors?: Record<number, string>;
}

const SOURCES: { value: HeaderSource; label: string }[] = [
  { value: 'value', label: 'Value' },
  { value: 'variable', label: 'From variable' },
];

export function HeaderTable({ label, headers, onChange, variables = [], errors = {} }: HeaderTableProps) {
  const replace = (index: number, header: Header) => onChange(headers.map((old, at) => (at === index ? header : old)));
  return (
    <div role="group" aria-label={label} className={style.table}>
      {headers.map((header, index) => (
        <HeaderRow
          key={index}
          header={header}
          isSet={'value_from_env' in header ? variables.find(({ name }) => name === header.value_from_env)?.is_set : undefined}
          error={errors[index]}
          onChange={(header) => replace(index, header)}
          onRemove={() => onChange(headers.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button size="small" icon={<Plus />} onClick={() => onChange([...headers, { name: '', value: '' }])}>
          Add a header
        </Button>
      </div>
    </div>
  );
}

interface HeaderRowProps {
  header: Header;
  isSet: boolean | undefined;
  error: string | undefined;
  onChange: (header: Header) => void;
  onRemove: () => void;
}

function HeaderRow({ header, isSet, error, onChange, onRemove }: HeaderRowProps) {
  const [isShown, setIsShown] = useState(false);
  const source = 'value_from_env' in header ? 'variable' : 'value';
  const of = header.name || 'the header';
  const canHide = source === 'value' && isSecret(header);
  return (
    <div className={style.row}>
      <TextField label="Header" hideLabel isCode placeholder="Header" value={header.name} error={error} onChange={(name) => onChange(withName(header, name))} />
      <Select label={`Where ${of} comes from`} hideLabel value={source} options={SOURCES} onChange={(source) => onChange(withSource(header, source))} />
      <div className={style.value}>
        <TextField
          label={source === 'value' ? `Value of ${of}` : `Variable of ${of}`}
          hideLabel
          isCode
          type={canHide && !isShown ? 'password' : 'text'}
          placeholder={source === 'value' ? 'Value' : 'NAME_OF_VARIABLE'}
          value={valueOf(header)}
          onChange={(value) => onChange(withValue(header, value))}
        />
        {canHide && <IconButton label={isShown ? `Hide ${of}` : `Show ${of}`} icon={isShown ? <EyeOff /> : <Eye />} onClick={() => setIsShown(!isShown)} />}
        {isSet !== undefined && <Badge tone={isSet ? 'ok' : 'bad'}>{isSet ? 'set' : 'not set'}</Badge>}
      </div>
      <IconButton label={`Remove ${of}`} icon={<X />} onClick={onRemove} />
    </div>
  );
}
