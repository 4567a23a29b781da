// A gateway with four remote schemas and five relationships, for unit tests.
import type { Overview, RelationshipRow, RemoteSummary } from '../../api/api';

export const remote = (name: string, roles: string[] = []): RemoteSummary => ({
  name,
  comment: null,
  url: '',
  health: 'healthy',
  failure: null,
  counts: null,
  n_relationships_out: 0,
  n_relationships_in: 0,
  roles,
  introspected_at: null,
  introspection_ms: null,
  has_held_change: false,
  is_customized: false,
  n_problems: 0,
});

const row = (remote_schema: string, place: string, target: string, change: Partial<RelationshipRow> = {}): RelationshipRow => {
  const [type_name = '', name = ''] = place.split('.');
  return {
    remote_schema,
    type_name,
    name,
    definition: { to_source: {} },
    target: { remote_schema: target, path: [name], result_type: null, named_type: null },
    mapping: [],
    batch: 'alias',
    problem: null,
    hidden_from: [],
    ...change,
  };
};

const problem = { title: '', kind: '', remote_schema: null, type_name: null, relationship: null, role: null, severity: 'inconsistent', code: 'x', reason: '', detail: null } as const;

export const overview: Overview = {
  version: '',
  resource_version: 1,
  is_consistent: true,
  has_permissions: true,
  n_types: 0,
  n_relationships: 0,
  roles: ['user'],
  remote_schemas: [remote('orders', ['user']), remote('users', ['user']), remote('places'), remote('alone')],
  problems: [],
};
export const rows = [
  row('orders', 'Order.buyer', 'users', { hidden_from: [{ role: 'user', reason: '' }] }),
  row('orders', 'Order.seller', 'users'),
  row('users', 'User.city', 'places', { problem }),
  row('places', 'City.twin', 'places'),
  row('places', 'City.rows', '', { target: null }),
];
