import { expect, test } from 'vitest';
import type { RelationshipRow } from '../../api/api';
import { usesOf } from './uses';

const row = (remote: string, type: string, name: string, keys: string[], target: string, path: string[]): RelationshipRow => ({
  remote_schema: remote,
  type_name: type,
  name,
  definition: { to_remote_schema: { remote_schema: target, lhs_fields: keys, remote_field: {} } },
  target: { remote_schema: target, path, result_type: null, named_type: null },
  mapping: [],
  batch: 'alias',
  problem: null,
  hidden_from: [],
});

test('keys and targets are needed, each on its own side', () => {
  const rows = [row('orders', 'Order', 'user', ['user_id'], 'users', ['user']), row('orders', 'Order', 'buyer', ['user_id'], 'users', ['people', 'one'])];
  expect([...usesOf(rows, 'orders', 'Query')]).toEqual([['Order.user_id', ['Order.user', 'Order.buyer']]]);
  expect([...usesOf(rows, 'users', 'Query')]).toEqual([
    ['Query.user', ['Order.user']],
    ['Query.people', ['Order.buyer']],
  ]);
});
