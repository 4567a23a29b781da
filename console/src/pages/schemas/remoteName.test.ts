import { expect, test } from 'vitest';
import { nameFromUrl } from './remoteName';

const NAMES: [url: string, name: string][] = [
  ['https://countries.example/graphql', 'countries'],
  ['https://api.countries.example.com/graphql', 'countries'],
  ['https://www.rick-and-morty.io/v1', 'rick_and_morty'],
  ['countries.trevorblades.com', 'countries'],
  ['https://user:secret@crm.example/graphql?x=1', 'crm'],
  ['http://127.0.0.1:4001/graphql', 'local_4001'],
  ['http://localhost:4001/orders/graphql', 'orders'],
  ['http://[::1]/graphql', 'local'],
  ['http://orders.shop.svc.cluster.local/graphql', 'orders'],
  ['{{ORDERS_URL}}', 'orders'],
  ['{{CRM_API_URL}}/graphql', 'crm'],
  ['https://3d.example/', 'api_3d'],
  ['https://api.example.com', 'api'],
  ['', ''],
  ['http://', ''],
];

test.each(NAMES)('%s is called %s', (url, name) => {
  expect(nameFromUrl(url)).toBe(name);
});

test('a name that is taken gets a number', () => {
  expect(nameFromUrl('https://users.example', ['users', 'users_2'])).toBe('users_3');
});
