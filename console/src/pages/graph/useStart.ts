// Leads to the builder, with all of it filled in that is known.
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { ask } from '../../api/client';
import { leadingField, type Start } from './connection';

export function useStart() {
  const navigate = useNavigate();
  return useCallback(
    async ({ remote, type, target, targetType }: Start) => {
      // What cannot be read is chosen in the builder, which says why it cannot.
      const field = target !== undefined && targetType !== undefined ? await fieldTo(target, targetType).catch(() => undefined) : undefined;
      await navigate({ to: '/schemas/$name/relationships/new', params: { name: remote }, search: { type, target, field } });
    },
    [navigate],
  );
}

async function fieldTo(remote_schema: string, type: string): Promise<string | undefined> {
  const { query_root } = await ask('list_remote_schema_types', { remote_schema, limit: 1 });
  const { fields } = await ask('get_remote_schema_type', { remote_schema, type_name: query_root });
  return leadingField(fields, type);
}
