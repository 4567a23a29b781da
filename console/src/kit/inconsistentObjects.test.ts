import { expect, test } from 'vitest';
import { inconsistentObjects } from './inconsistentObjects';

test('objects are told in plain words', () => {
  const internal = [
    { name: 'remote_schema_remote_relationship remote_relationship user on type Order in remote schema orders', reason: 'Inconsistent object: type "Order" is shared' },
    { name: 'remote_schema rates', reason: 'Inconsistent object: no answer', definition: {} },
  ];
  expect(inconsistentObjects(internal)).toEqual([
    { name: 'remote relationship user on type Order in remote schema orders', reason: 'type "Order" is shared' },
    { name: 'remote schema rates', reason: 'no answer' },
  ]);
});

test('other internals are nobody’s business', () => {
  for (const internal of [null, 'text', {}, [1, null, { name: 'a' }, { name: 1, reason: 2 }]]) expect(inconsistentObjects(internal)).toEqual([]);
});
