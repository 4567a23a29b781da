import { describe, expect, it } from 'vitest';
import type { TypeList } from '../../api/api';
import { countsText, graphModel, type Filters } from './graphModel';
import { overview, remote, rows } from './sampleGraph';

const EVERYTHING: Filters = { focus: null, role: null, onlyBroken: false };
const model = (filters: Partial<Filters> = {}, expanded: string[] = [], types?: TypeList) =>
  graphModel(overview, rows, { ...EVERYTHING, ...filters }, new Map(expanded.map((name) => [name, types])));
const typeList = (names: string[], total = names.length): TypeList => ({
  total,
  types: names.map((name) => ({ name, served_name: null, kind: 'object', n_members: 1, n_relationships: 0, description: null })),
  query_root: 'Query',
  mutation_root: 'Mutation',
  subscription_root: null,
});
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

  it('shows types without relationships of a remote schema that is expanded, but not those of operations', () => {
    const [orders, users] = model({}, ['orders'], typeList(['Item', 'Mutation', 'Order', 'Query', 'Shop'])).nodes;
    expect([orders?.otherTypes, orders?.nMoreTypes]).toEqual([['Item', 'Shop'], 0]);
    expect(users?.otherTypes).toEqual([]);
  });

  it('shows a few of many types, and says how many more there are', () => {
    const names = Array.from({ length: 50 }, (_, index) => `T${index}`);
    const [orders] = model({}, ['orders'], typeList(['Order', ...names], 3001)).nodes;
    expect([orders?.otherTypes.length, orders?.nMoreTypes]).toEqual([12, 2988]);
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

  it('counts what a remote schema has', () => {
    const users = { ...remote('users'), n_relationships_in: 2 };
    expect(countsText(users)).toBe('no schema, 0 out, 2 in');
  });

  it('keeps relationships to databases in the list', () => expect(model().relationships).toHaveLength(5));
});
