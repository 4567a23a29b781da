// What the map and the list show: remote schemas, and between them the relationships, after the filters.
import type { Overview, RelationshipRow, RemoteSummary, TypeList } from '../../api/api';

export interface Filters {
  /** Only this remote schema and its neighbours. */
  focus: string | null;
  /** What this role does not see is faded; null for the administrator, who sees everything. */
  role: string | null;
  onlyBroken: boolean;
}

/** A type with the fields that are joined to it. */
export interface JoinedType {
  name: string;
  fields: { name: string; isBroken: boolean; isFaded: boolean }[];
}

export interface MapNode {
  remote: RemoteSummary;
  isFaded: boolean;
  types: JoinedType[];
  isExpanded: boolean;
  /** Of one that is expanded: the first of its other types that can be joined. */
  otherTypes: string[];
  /** How many there are beside those. */
  nMoreTypes: number;
}

/** The remote schemas whose types are shown, with what is known of their types. */
export type Expanded = ReadonlyMap<string, TypeList | undefined>;

/** So many types without relationships are shown: enough for most, and a node still fits on a page. */
const MOST_OTHERS = 12;

export interface MapEdge {
  id: string;
  source: string;
  target: string;
  /** The joined field it starts at, when its remote schema is expanded. */
  field: string | null;
  relationships: RelationshipRow[];
  isBroken: boolean;
  isFaded: boolean;
}

export interface GraphModel {
  nodes: MapNode[];
  edges: MapEdge[];
  /** The relationships that pass the filters, for the list. */
  relationships: RelationshipRow[];
}

export function graphModel(overview: Overview, all: readonly RelationshipRow[], filters: Filters, expanded: Expanded): GraphModel {
  const relationships = all.filter((row) => isShown(row, filters));
  const names = new Set(relationships.flatMap(endsOf));
  const remotes = overview.remote_schemas.filter((remote) => {
    if (filters.focus !== null) return remote.name === filters.focus || names.has(remote.name);
    return !filters.onlyBroken || remote.health !== 'healthy' || names.has(remote.name);
  });
  const isKnown = new Set(remotes.map(({ name }) => name));
  return {
    nodes: remotes.map((remote) => {
      const types = typesOf(relationships, remote.name, filters.role);
      const isFaded = isRemoteHidden(overview, remote, filters.role);
      return { remote, isFaded, types, isExpanded: expanded.has(remote.name), ...othersOf(expanded.get(remote.name), types) };
    }),
    edges: edgesOf(relationships, expanded, filters.role).filter(({ source, target }) => isKnown.has(source) && isKnown.has(target)),
    relationships,
  };
}

/** Whether the role does not see it. */
export function isHidden({ hidden_from }: RelationshipRow, role: string | null): boolean {
  return role !== null && hidden_from.some((hidden) => hidden.role === role);
}

/** The remote schemas of both ends. One that leads to a database has only one end here. */
export function endsOf({ remote_schema, target }: RelationshipRow): string[] {
  return target ? [remote_schema, target.remote_schema] : [remote_schema];
}

/** What tells a relationship apart. */
export function idOf({ remote_schema, type_name, name }: RelationshipRow): string {
  return `${remote_schema} ${type_name}.${name}`;
}

/** How much of a schema there is, and how much of it is joined. */
export function countsText({ counts, n_relationships_in, n_relationships_out }: RemoteSummary): string {
  const size = counts ? `${counts.types} ${counts.types === 1 ? 'type' : 'types'}, ${counts.queries} ${counts.queries === 1 ? 'query' : 'queries'}` : 'no schema';
  return `${size}, ${n_relationships_out} out, ${n_relationships_in} in`;
}

function isShown(row: RelationshipRow, { focus, onlyBroken }: Filters): boolean {
  return (focus === null || endsOf(row).includes(focus)) && (!onlyBroken || row.problem !== null);
}

function isRemoteHidden({ has_permissions }: Overview, { roles }: RemoteSummary, role: string | null): boolean {
  return role !== null && has_permissions && !roles.includes(role);
}

function typesOf(relationships: readonly RelationshipRow[], remote: string, role: string | null): JoinedType[] {
  const types = new Map<string, JoinedType>();
  for (const row of relationships) {
    if (row.remote_schema !== remote) continue;
    const type = types.get(row.type_name) ?? { name: row.type_name, fields: [] };
    type.fields.push({ name: row.name, isBroken: row.problem !== null, isFaded: isHidden(row, role) });
    types.set(row.type_name, type);
  }
  return [...types.values()];
}

function othersOf(list: TypeList | undefined, joined: readonly JoinedType[]): { otherTypes: string[]; nMoreTypes: number } {
  if (!list) return { otherTypes: [], nMoreTypes: 0 };
  // Fields of root types are not values of anything, so nothing joins them.
  const leftOut = new Set([list.query_root, list.mutation_root, list.subscription_root, ...joined.map(({ name }) => name)]);
  const known = list.types.filter(({ name }) => !leftOut.has(name));
  const otherTypes = known.slice(0, MOST_OTHERS).map(({ name }) => name);
  return { otherTypes, nMoreTypes: known.length - otherTypes.length + (list.total - list.types.length) };
}

/** One edge for all relationships between two remote schemas, and one for each of a schema whose types are shown. */
function edgesOf(relationships: readonly RelationshipRow[], expanded: Expanded, role: string | null): MapEdge[] {
  const groups = new Map<string, { field: string | null; target: string; rows: RelationshipRow[] }>();
  for (const row of relationships) {
    const target = row.target?.remote_schema;
    if (target === undefined) continue;
    const field = expanded.has(row.remote_schema) ? `${row.type_name}.${row.name}` : null;
    const id = field === null ? `${row.remote_schema} ${target}` : idOf(row);
    const group = groups.get(id) ?? { field, target, rows: [] };
    group.rows.push(row);
    groups.set(id, group);
  }
  return [...groups].flatMap(([id, { field, target, rows }]) => {
    const [first] = rows;
    if (!first) return [];
    const isBroken = rows.some(({ problem }) => problem !== null);
    return [{ id, source: first.remote_schema, target, field, relationships: rows, isBroken, isFaded: rows.every((row) => isHidden(row, role)) }];
  });
}
