// What is known of the fields on the way to the target: looked up one type after the other, from the query root.
import { useQuery, type QueryClient } from '@tanstack/react-query';
import type { FieldDetail } from '../../api/api';
import { question } from '../../api/ask';

/** The fields that exist; shorter than the path when one of them does not. */
export function useWay(remoteSchema: string, path: readonly string[]) {
  const { data } = useQuery({
    queryKey: ['ask', 'get_remote_schema_type', { remoteSchema, path }],
    queryFn: ({ client }) => wayOf(client, remoteSchema, path),
    enabled: remoteSchema !== '',
  });
  return data ?? NONE;
}

const NONE: FieldDetail[] = [];

export async function queryRootOf(client: QueryClient, remoteSchema: string): Promise<string> {
  const { query_root } = await client.ensureQueryData(question('list_remote_schema_types', { remote_schema: remoteSchema, limit: 1 }));
  return query_root;
}

async function wayOf(client: QueryClient, remoteSchema: string, path: readonly string[]): Promise<FieldDetail[]> {
  const way: FieldDetail[] = [];
  let typeName = await queryRootOf(client, remoteSchema);
  for (const name of path) {
    const { fields } = await client.ensureQueryData(question('get_remote_schema_type', { remote_schema: remoteSchema, type_name: typeName }));
    const field = fields.find((field) => field.name === name);
    if (!field) break;
    way.push(field);
    typeName = field.named_type;
  }
  return way;
}
