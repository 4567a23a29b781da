import { describe, expect, test } from 'vitest';
import { everything, isValue, readGrant, readSchema, setPreset, stateOf, toggle, toggleType, writeDenial, writeSdl } from './grant';

const SDL = `
schema { query: Query }
type Query { orders(status: Status, limit: Int = 10): [Order!]! find(where: Filter): Result }
type Order { id: ID! total: Float status: Status buyer: Person at: Date }
type Person { id: ID! wage: Int friends: [Person] }
input Filter { id: ID name: String = "a" }
enum Status { OPEN PAID }
union Result = Order | Person
scalar Date
`;
const schema = readSchema(SDL);
const nothing = readGrant(null, schema);

describe('permission SDL', () => {
  test('all of a schema is written as it is', () => {
    expect(readSchema(writeSdl(schema, everything(schema)))).toEqual(schema);
  });

  test('a grant is read back as it was written, presets too', () => {
    const grant = setPreset(toggle(schema, nothing, 'Query.find', true), 'Filter.id', '"x-hasura-user-id"');
    const written = writeSdl(schema, grant);
    expect(written).toContain('id: ID @preset(value: "x-hasura-user-id")');
    expect(readGrant({ schema: written }, schema)).toEqual(grant);
    expect(written).toContain('name: String = "a"');
  });

  test('a field brings its arguments and the plain fields of what it leads to', () => {
    const written = writeSdl(schema, toggle(schema, nothing, 'Query.orders', true));
    expect(written).toBe(`schema {
  query: Query
}

type Query {
  orders(status: Status, limit: Int = 10): [Order!]!
}

type Order {
  id: ID!
  total: Float
  status: Status
  at: Date
}

enum Status {
  OPEN
  PAID
}

scalar Date
`);
  });

  test('taking a field away takes its arguments and presets away', () => {
    const grant = setPreset(toggle(schema, nothing, 'Query.orders', true), 'Query.orders(limit:)', '5');
    const without = toggle(schema, grant, 'Query.orders', false);
    expect([...without.granted].filter((place) => place.startsWith('Query'))).toEqual([]);
    expect(without.presets.size).toBe(0);
  });

  test('an argument can be left out by itself, and brings its field', () => {
    const grant = toggle(schema, toggle(schema, nothing, 'Query.orders', true), 'Query.orders(status:)', false);
    expect(writeSdl(schema, grant)).toContain('orders(limit: Int = 10): [Order!]!');
    expect(toggle(schema, nothing, 'Query.orders(limit:)', true).granted.has('Query.orders')).toBe(true);
  });
});

describe('denials', () => {
  test('what is not granted is denied, and the other way round', () => {
    const grant = toggle(schema, everything(schema), 'Person.wage', false);
    const definition = writeDenial(schema, grant);
    expect(definition).toEqual({ schema: '*', deny: ['Person.wage'] });
    expect(readGrant(definition, schema)).toEqual(grant);
    expect(writeDenial(schema, everything(schema))).toEqual({ schema: '*' });
  });

  test('a type is denied as a whole, an argument by itself', () => {
    const grant = toggle(schema, toggleType(schema, everything(schema), 'Person', false), 'Query.orders(limit:)', false);
    expect(writeDenial(schema, grant)?.deny).toEqual(['Query.orders(limit:)', 'Person']);
  });

  test('presets need SDL', () => {
    expect(writeDenial(schema, setPreset(everything(schema), 'Filter.id', '1'))).toBeNull();
  });
});

test('types are granted as a whole, in part or not at all', () => {
  const order = schema.types.get('Order');
  const query = schema.types.get('Query');
  if (!order || !query) throw new Error('the schema has both');
  expect(stateOf(order, nothing)).toBe('none');
  expect(stateOf(order, everything(schema))).toBe('all');
  expect(stateOf(order, toggle(schema, nothing, 'Query.orders', true))).toBe('some');
  expect(stateOf(query, toggle(schema, everything(schema), 'Query.orders(limit:)', false))).toBe('some');
});

test('presets are GraphQL values without variables', () => {
  expect(['1', '"a"', '{a: [1, "x-hasura-role"]}', 'OPEN', 'null'].map(isValue)).toEqual([true, true, true, true, true]);
  expect(['', '$a', '{', '1 2)', '"'].map(isValue)).toEqual([false, false, false, false, false]);
});
