// A value that is the same for every object, typed into a field that suits its type.
import { useState, type ReactNode } from 'react';
import type { ArgumentDetail, JsonValue } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Select } from '../../kit/Select';
import { TextArea, TextField } from '../../kit/TextField';
import { useFormState } from './FormState';

interface StaticValueProps {
  argument: ArgumentDetail;
  value: JsonValue;
  onChange: (value: JsonValue) => void;
  error: ReactNode;
}

export function StaticValue(props: StaticValueProps) {
  const { argument, value } = props;
  const { kind, is_list, named_type } = argument;
  if (is_list || kind === 'input_object' || value === null || typeof value === 'object') return <JsonValueField {...props} />;
  if (kind === 'enum') return <EnumField {...props} />;
  if (named_type === 'Boolean' && typeof value === 'boolean') return <BooleanField {...props} />;
  if ((named_type === 'Int' || named_type === 'Float') && typeof value === 'number') return <NumberText {...props} />;
  if ((named_type === 'String' || named_type === 'ID') && typeof value === 'string') return <PlainText {...props} />;
  return <JsonValueField {...props} />;
}

const labelOf = ({ name }: ArgumentDetail) => `Value of ${name}`;

function PlainText({ argument, value, onChange, error }: StaticValueProps) {
  const isKey = typeof value === 'string' && value.startsWith('$');
  const warning = isKey ? 'A text that begins with $ stands for a source field.' : undefined;
  return <TextField label={labelOf(argument)} hideLabel isCode value={String(value)} onChange={onChange} error={error ?? warning} />;
}

function NumberText({ argument, value, onChange, error }: StaticValueProps) {
  const [text, setText] = useState(String(value));
  const isWrong = toNumber(text) === null;
  return (
    <TextField
      label={labelOf(argument)}
      hideLabel
      isCode
      inputMode="decimal"
      value={text}
      onChange={(text) => {
        setText(text);
        const number = toNumber(text);
        if (number !== null) onChange(number);
      }}
      error={isWrong ? `This is not a number; it is still ${String(value)}.` : error}
    />
  );
}

function toNumber(text: string): number | null {
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? null : number;
}

function BooleanField({ argument, value, onChange, error }: StaticValueProps) {
  const options = [
    { value: 'true', label: 'true' },
    { value: 'false', label: 'false' },
  ];
  return <Select label={labelOf(argument)} hideLabel value={String(value)} onChange={(text) => onChange(text === 'true')} options={options} error={error} />;
}

function EnumField({ argument, value, onChange, error }: StaticValueProps) {
  const { form } = useFormState();
  const { data } = useAsk('get_remote_schema_type', { remote_schema: form.target, type_name: argument.named_type });
  const options = (data?.values ?? []).map(({ name, description, deprecated }) => ({ value: name, label: name, hint: deprecated ?? description ?? undefined }));
  return <Select label={labelOf(argument)} hideLabel value={value === '' ? null : String(value)} onChange={onChange} options={options} error={error} placeholder="Choose a value" />;
}

function JsonValueField({ argument, value, onChange, error }: StaticValueProps) {
  const [text, setText] = useState(() => JSON.stringify(value));
  const [flaw, setFlaw] = useState<string | null>(null);
  return (
    <TextArea
      label={labelOf(argument)}
      hideLabel
      isCode
      rows={text.includes('\n') || text.length > 40 ? 4 : 1}
      hint="As JSON."
      value={text}
      onChange={(text) => {
        setText(text);
        try {
          onChange(JSON.parse(text));
          setFlaw(null);
        } catch (error) {
          setFlaw(`This is not JSON yet: ${error instanceof Error ? error.message : String(error)}`);
        }
      }}
      error={flaw ?? error}
    />
  );
}
