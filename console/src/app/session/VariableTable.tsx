// Session variables of a role: names that begin with x-hasura-, and values.
import { Plus, X } from 'lucide-react';
import { Button } from '../../kit/Button';
import { IconButton } from '../../kit/IconButton';
import { TextField } from '../../kit/TextField';
import type { SessionVariable } from './session';
import style from './VariableTable.module.css';

interface VariableTableProps {
  variables: SessionVariable[];
  onChange: (variables: SessionVariable[]) => void;
}

export function VariableTable({ variables, onChange }: VariableTableProps) {
  const change = (index: number, part: Partial<SessionVariable>) =>
    onChange(variables.map((variable, at) => (at === index ? { ...variable, ...part } : variable)));
  return (
    <div className={style.table} role="group" aria-label="Session variables">
      <h3>Session variables</h3>
      {variables.map(({ name, value }, index) => (
        <div key={index} className={style.row}>
          <TextField label="Name" hideLabel isCode placeholder="x-hasura-user-id" value={name} onChange={(name) => change(index, { name })} />
          <TextField label={`Value of ${name || 'the variable'}`} hideLabel isCode value={value} onChange={(value) => change(index, { value })} />
          <IconButton label={`Remove ${name || 'the variable'}`} icon={<X />} onClick={() => onChange(variables.filter((_, at) => at !== index))} />
        </div>
      ))}
      <div>
        <Button size="small" icon={<Plus />} onClick={() => onChange([...variables, { name: 'x-hasura-', value: '' }])}>
          Add a variable
        </Button>
      </div>
    </div>
  );
}
