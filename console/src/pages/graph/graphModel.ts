// What the map and the list show: remote schemas, and between them the relationships, after the filters.
import type { Overview, RelationshipRow, RemoteSummary } from '../../api/api';

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
}

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

export function graphModel(overview: Overview, all: readonly RelationshipRow[], filters: Filters, expanded: ReadonlySet<string>): GraphModel {
  const relationships = all.filter((row) => isShown(row, filters));
  const names = new Set(relationships.flatMap(endsOf));
  const remotes = overview.remote_schemas.filter((remote) => {
    if (filters.focus !== null) return remote.name === filters.focus || names.has(remote.name);
    return !filters.onlyBroken || remote.health !== 'healthy' || names.has(remote.name);
  });
  const isKnown = new Set(remotes.map(({ name }) => name));
  return {
    nodes: remotes.map((remote) => ({
      remote,
      isFaded: isRemoteHidden(overview, remote, filters.role),
      types: typesOf(relationships, remote.name, filters.role),
      isExpanded: expanded.has(remote.name),
    })),
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

/** One edge for all relationships between two remote schemas, and one for each of a schema whose types are shown. */
function edgesOf(relationships: readonly RelationshipRow[], expanded: ReadonlySet<string>, role: string | null): MapEdge[] {
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
