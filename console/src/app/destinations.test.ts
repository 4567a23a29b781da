import { expect, test } from 'vitest';
import type { Found, FoundEntry } from '../api/api';
import { destinations } from './destinations';

const ENTRY: FoundEntry = { remote_schema: 'users', kind: 'query', name: 'user', type_name: 'Query', path: 'Query.user', signature: '(id: Int!): User', description: null };
const FOUND: Found = { total: 1, entries: [ENTRY] };

test('without a text there are the actions', () => {
  const groups = destinations('', undefined, undefined);
  expect(groups.map(({ label }) => label)).toEqual(['Actions']);
});

test('what the gateway has found leads to its type', () => {
  const [group] = destinations('user', undefined, FOUND);
  expect(group?.items).toEqual([
    {
      id: 'users query Query.user',
      label: 'Query.user',
      isCode: true,
      detail: '(id: Int!): User',
      remote: 'users',
      link: { to: '/schemas/$name/schema', params: { name: 'users' }, search: { type: 'Query' } },
    },
  ]);
});

test('actions are found by part of their name, in any case', () => {
  const labels = destinations('METADATA', undefined, { total: 0, entries: [] }).flatMap(({ items }) => items.map(({ label }) => label));
  expect(labels).toEqual(['Import metadata', 'Metadata history']);
});

test('nothing is offered where nothing fits', () => {
  expect(destinations('zzz', undefined, { total: 0, entries: [] })).toEqual([]);
});
