// One row for each type, with its new name; the fields of one type at a time below it.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useAsk } from '../../api/ask';
import type { Customization, TypeSummary } from '../../api/api';
import { Badge } from '../../kit/Badge';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { Skeleton } from '../../kit/Spinner';
import { TextField } from '../../kit/TextField';
import { VisuallyHidden } from '../../kit/VisuallyHidden';
import { affixFields, affixed, fieldNames, hasFieldNames, renameField, renameType, renamedTypes, servedField, servedType } from './customization';
import { KIND_WORDS } from './typeKind';
import style from './RenameTable.module.css';

interface RenameTableProps {
  remote: string;
  customization: Customization;
  onChange: (customization: Customization) => void;
}

const PAGE = 25;

export function RenameTable({ remote, customization, onChange }: RenameTableProps) {
  const [search, setSearch] = useState('');
  const [offset, setOffset] = useState(0);
  const [open, setOpen] = useState<string | null>(null);
  const { data, error } = useAsk('list_remote_schema_types', { remote_schema: remote, search, offset, limit: PAGE }, { keepPrevious: true });
  // While nothing is known of the remote, what is renamed already can be changed all the same.
  const rows: Pick<TypeSummary, 'name' | 'kind'>[] = data?.types ?? renamedTypes(customization).map((name) => ({ name, kind: 'object' }));
  const total = data?.total ?? rows.length;
  return (
    <Card title="One by one">
      <div className={style.content}>
        {error && <p>The types of {remote} are not known, so only what is renamed already is listed.</p>}
        <TextField
          label="Search types"
          type="search"
          className={style.search}
          placeholder="Types and fields"
          value={search}
          onChange={(text) => {
            setSearch(text);
            setOffset(0);
          }}
        />
        {!data && !error && <Skeleton lines={6} />}
        {rows.length > 0 && (
          <DataTable caption="Types and their new names">
            <thead>
              <tr>
                <th scope="col">Type</th>
                <th scope="col">New name</th>
                <th scope="col">Served as</th>
                <th scope="col">Fields</th>
              </tr>
            </thead>
            {rows.map(({ name, kind }) => (
              <TypeRows
                key={name}
                {...{ remote, name, kind, customization, onChange }}
                isOpen={open === name}
                onToggle={() => setOpen(open === name ? null : name)}
              />
            ))}
          </DataTable>
        )}
        {total > PAGE && (
          <div className={style.pages}>
            <Button size="small" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
              Previous
            </Button>
            <span role="status">
              {offset + 1} to {Math.min(offset + PAGE, total)} of {total}
            </span>
            <Button size="small" disabled={offset + PAGE >= total} onClick={() => setOffset(offset + PAGE)}>
              Next
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}

interface TypeRowsProps extends RenameTableProps, Pick<TypeSummary, 'name' | 'kind'> {
  isOpen: boolean;
  onToggle: () => void;
}

function TypeRows({ remote, name, kind, customization, onChange, isOpen, onToggle }: TypeRowsProps) {
  const served = servedType(customization, name);
  const hasFields = kind === 'object' || kind === 'interface';
  return (
    <tbody>
      <tr>
        <th scope="row">
          <code>{name}</code> <span className={style.kind}>{KIND_WORDS[kind]}</span>
        </th>
        <td>
          <TextField
            label={`New name of ${name}`}
            hideLabel
            isCode
            placeholder={affixed(customization.type_names, name)}
            value={customization.type_names?.mapping?.[name] ?? ''}
            onChange={(served) => onChange(renameType(customization, name, served))}
          />
        </td>
        <td>
          <code>{served}</code> {served !== name && <Badge tone="accent">renamed</Badge>}
        </td>
        <td>
          {hasFields && (
            <Button kind="quiet" size="small" icon={isOpen ? <ChevronDown /> : <ChevronRight />} aria-expanded={isOpen} onClick={onToggle}>
              {hasFieldNames(customization, name) ? 'Renamed' : 'As upstream'}
              <VisuallyHidden>: fields of {name}</VisuallyHidden>
            </Button>
          )}
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={4}>
            <Fields {...{ remote, name, customization, onChange }} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Fields({ remote, name, customization, onChange }: RenameTableProps & { name: string }) {
  const { data, error } = useAsk('get_remote_schema_type', { remote_schema: remote, type_name: name });
  const names = fieldNames(customization, name);
  const fields = data?.fields.map((field) => field.name) ?? Object.keys(names?.mapping ?? {});
  return (
    <div className={style.fields}>
      <div className={style.affixes}>
        <TextField label={`Prefix of the fields of ${name}`} isCode isOptional value={names?.prefix ?? ''} onChange={(prefix) => onChange(affixFields(customization, name, { prefix }))} />
        <TextField label={`Suffix of the fields of ${name}`} isCode isOptional value={names?.suffix ?? ''} onChange={(suffix) => onChange(affixFields(customization, name, { suffix }))} />
      </div>
      {!data && !error && <Skeleton lines={3} />}
      <ul className={style.list}>
        {fields.map((field) => (
          <li key={field}>
            <code>{field}</code>
            <TextField
              label={`New name of ${name}.${field}`}
              hideLabel
              isCode
              placeholder={affixed(names, field)}
              value={names?.mapping?.[field] ?? ''}
              onChange={(served) => onChange(renameField(customization, name, field, served))}
            />
            <code>{servedField(customization, name, field)}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
