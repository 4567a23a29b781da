// What is known of the fields on the way to the target: looked up one type after the other, from the query root.
import { useQuery } from '@tanstack/react-query';
import type { FieldDetail } from '../../api/api';
import { ask } from '../../api/client';

/** The fields that exist; shorter than the path when one of them does not. */
export function useWay(remoteSchema: string, path: readonly string[]) {
  const { data } = useQuery({
    queryKey: ['ask', 'get_remote_schema_type', { remoteSchema, path }],
    queryFn: ({ signal }) => wayOf(remoteSchema, path, signal),
    enabled: remoteSchema !== '',
  });
  return data ?? NONE;
}

const NONE: FieldDetail[] = [];

// Not through the cache: what it fetches for a part of the page is cancelled when that part goes.
async function wayOf(remoteSchema: string, path: readonly string[], signal: AbortSignal): Promise<FieldDetail[]> {
  const { query_root } = await ask('list_remote_schema_types', { remote_schema: remoteSchema, limit: 1 }, signal);
  const way: FieldDetail[] = [];
  let typeName = query_root;
  for (const name of path) {
    const { fields } = await ask('get_remote_schema_type', { remote_schema: remoteSchema, type_name: typeName }, signal);
    const field = fields.find((field) => field.name === name);
    if (!field) break;
    way.push(field);
    typeName = field.named_type;
  }
  return way;
}
