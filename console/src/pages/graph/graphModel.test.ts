import { describe, expect, it } from 'vitest';
import type { Overview, RelationshipRow, RemoteSummary } from '../../api/api';
import { graphModel, type Filters } from './graphModel';

const remote = (name: string, roles: string[] = []): RemoteSummary => ({
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

const overview: Overview = {
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
const rows = [
  row('orders', 'Order.buyer', 'users', { hidden_from: [{ role: 'user', reason: '' }] }),
  row('orders', 'Order.seller', 'users'),
  row('users', 'User.city', 'places', { problem }),
  row('places', 'City.twin', 'places'),
  row('places', 'City.rows', '', { target: null }),
];
const EVERYTHING: Filters = { focus: null, role: null, onlyBroken: false };
const model = (filters: Partial<Filters> = {}, expanded: string[] = []) => graphModel(overview, rows, { ...EVERYTHING, ...filters }, new Set(expanded));
const names = (filters: Partial<Filters>) => model(filters).nodes.map(({ remote }) => remote.name);

describe('the map', () => {
  it('has one edge between two remote schemas, with all their relationships', () => {
    expect(model().edges.map(({ source, target, relationships }) => [source, target, relationships.length])).toEqual([
      ['orders', 'users', 2],
      ['users', 'places', 1],
      ['places', 'places', 1],
    ]);
  });

  it('has an edge for each field of a remote schema that is expanded', () => {
    const { edges, nodes } = model({}, ['orders']);
    expect(edges.slice(0, 2).map(({ field }) => field)).toEqual(['Order.buyer', 'Order.seller']);
    expect(nodes[0]?.types).toEqual([
      {
        name: 'Order',
        fields: [
          { name: 'buyer', isBroken: false, isFaded: false },
          { name: 'seller', isBroken: false, isFaded: false },
        ],
      },
    ]);
  });

  it('shows a remote schema with its neighbours', () => {
    expect(names({ focus: 'orders' })).toEqual(['orders', 'users']);
    expect(names({ focus: 'alone' })).toEqual(['alone']);
  });

  it('shows what is broken', () => {
    expect(names({ onlyBroken: true })).toEqual(['users', 'places']);
    expect(model({ onlyBroken: true }).edges).toHaveLength(1);
  });

  it('fades what a role does not see', () => {
    const { nodes, edges } = model({ role: 'user' }, ['orders']);
    expect(nodes.filter(({ isFaded }) => isFaded).map(({ remote }) => remote.name)).toEqual(['places', 'alone']);
    expect(edges.filter(({ isFaded }) => isFaded).map(({ field }) => field)).toEqual(['Order.buyer']);
  });

  it('keeps relationships to databases in the list', () => expect(model().relationships).toHaveLength(5));
});
