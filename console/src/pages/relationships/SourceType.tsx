// The type that gets the field: any object or interface of the remote schema, found by its own name or by that of a field.
import { useState } from 'react';
import { useAsk } from '../../api/ask';
import { Combobox } from '../../kit/Combobox';
import { useFault, useFormState } from './FormState';
import { useSettled } from './useRelationshipCheck';

const MOST = 200;

export function SourceType() {
  const { remoteSchema, form, change } = useFormState();
  const [search, setSearch] = useState('');
  const asked = useSettled(search);
  const { data } = useAsk(
    'list_remote_schema_types',
    { remote_schema: remoteSchema, search: asked || null, kinds: ['object', 'interface'], limit: MOST },
    { keepPrevious: true },
  );
  const roots = [data?.query_root, data?.mutation_root, data?.subscription_root];
  const options = (data?.types ?? [])
    .filter(({ name }) => !roots.includes(name))
    .map(({ name, kind, n_members, n_relationships, served_name }) => ({
      value: name,
      label: served_name ? `${name} (served as ${served_name})` : name,
      hint: [kind === 'interface' && 'interface', `${n_members} fields`, n_relationships > 0 && `${n_relationships} joined`].filter(Boolean).join(', '),
    }));
  return (
    <Combobox
      label="Source type"
      hint={`The type of ${remoteSchema} that gets the field.`}
      placeholder="Search types and fields"
      isCode
      value={form.typeName || null}
      onChange={(typeName) => change((form) => ({ ...form, typeName: typeName ?? '' }))}
      options={options}
      onSearch={setSearch}
      emptyText="No object or interface type has that in its name or fields."
      error={useFault('type')}
    />
  );
}
