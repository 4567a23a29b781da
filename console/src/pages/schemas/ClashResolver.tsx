// Names that something else has already, and the two ways to make room: another prefix for types, a field of its own for root fields.
import { Wand } from 'lucide-react';
import type { Clash, Customization } from '../../api/api';
import { Badge } from '../../kit/Badge';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { RemoteChip } from '../../kit/RemoteChip';
import { TextField } from '../../kit/TextField';
import style from './ClashResolver.module.css';

interface ClashResolverProps {
  clashes: Clash[];
  proposed: Customization | null;
  customization: Customization | undefined;
  onChange: (customization: Customization) => void;
}

const FIRST = 12;

export function ClashResolver({ clashes, proposed, customization = {}, onChange }: ClashResolverProps) {
  const isCustomized = Boolean(customization.root_fields_namespace || customization.type_names);
  if (clashes.length === 0 && !isCustomized) return null;
  return (
    <Card title={clashes.length === 0 ? 'Other names' : `Conflicts with what is loaded (${clashes.length})`}>
      <div className={style.content}>
        {clashes.length === 0 && <p>Nothing is in conflict with these names.</p>}
        {clashes.length > 0 && <Clashes clashes={clashes} />}
        {clashes.length > 0 && proposed && (
          <div>
            <Button kind="primary" className={style.proposal} icon={<Wand />} onClick={() => onChange({ ...customization, ...proposed })}>
              {proposal(proposed)}
            </Button>
          </div>
        )}
        <div className={style.row}>
          <TextField
            label="Prefix of this schema’s types"
            isCode
            isOptional
            placeholder={proposed?.type_names?.prefix ?? 'Countries_'}
            value={customization.type_names?.prefix ?? ''}
            onChange={(prefix) => onChange({ ...customization, type_names: { ...customization.type_names, prefix } })}
          />
          <TextField
            label="Namespace of its root fields"
            isCode
            isOptional
            placeholder={proposed?.root_fields_namespace ?? 'countries'}
            value={customization.root_fields_namespace ?? ''}
            onChange={(root_fields_namespace) => onChange({ ...customization, root_fields_namespace })}
          />
        </div>
      </div>
    </Card>
  );
}

function Clashes({ clashes }: { clashes: Clash[] }) {
  return (
    <>
      <DataTable caption="Conflicts">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Also in</th>
            <th scope="col">Why they cannot stand beside each other</th>
          </tr>
        </thead>
        <tbody>
          {clashes.slice(0, FIRST).map(({ kind, name, remote_schema, reason }) => (
            <tr key={`${kind} ${name} ${remote_schema}`}>
              <th scope="row">
                <Badge>{kind}</Badge> <code>{name}</code>
              </th>
              <td>{remote_schema === null ? 'Conjoin itself' : <RemoteChip name={remote_schema} />}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </DataTable>
      {clashes.length > FIRST && <p>and {clashes.length - FIRST} more</p>}
    </>
  );
}

function proposal({ type_names, root_fields_namespace }: Customization): string {
  const parts = [type_names?.prefix && `prefix its types with ${type_names.prefix}`, root_fields_namespace && `put its root fields under ${root_fields_namespace}`];
  const text = parts.filter(Boolean).join(', and ');
  return text === '' ? 'Use the proposed names' : text.charAt(0).toUpperCase() + text.slice(1);
}
