// What relationships need of a remote schema, so that taking it away from a role is no surprise.
import type { RelationshipRow } from '../../api/api';

/** By place: the relationships that need it, `Order.user`. */
export function usesOf(relationships: readonly RelationshipRow[], remoteSchema: string, queryRoot: string | undefined): Map<string, string[]> {
  const uses = new Map<string, string[]>();
  const add = (place: string, use: string) => uses.set(place, [...(uses.get(place) ?? []), use]);
  for (const { remote_schema, type_name, name, definition, target } of relationships) {
    if (!('to_remote_schema' in definition)) continue;
    const use = `${type_name}.${name}`;
    if (remote_schema === remoteSchema) for (const field of definition.to_remote_schema.lhs_fields) add(`${type_name}.${field}`, use);
    const [root] = target?.path ?? [];
    if (target?.remote_schema === remoteSchema && root !== undefined && queryRoot !== undefined) add(`${queryRoot}.${root}`, use);
  }
  return uses;
}
