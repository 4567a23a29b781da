import { expect, test } from 'vitest';
import { roleHeaders, session, signIn } from './session';

const SECRET = 'conjoin.adminSecret';

test('a secret is forgotten with the tab, unless somebody wants it kept', () => {
  signIn('hush', false);
  expect([sessionStorage.getItem(SECRET), localStorage.getItem(SECRET)]).toEqual(['hush', null]);
  signIn('hush', true);
  expect([sessionStorage.getItem(SECRET), localStorage.getItem(SECRET)]).toEqual([null, 'hush']);
  signIn('other', false);
  expect([sessionStorage.getItem(SECRET), localStorage.getItem(SECRET)]).toEqual(['other', null]);
  expect(session.get().secret).toBe('other');
});

test('the administrator plays no role', () => {
  expect(roleHeaders({ role: 'admin', variables: [{ name: 'x-hasura-user-id', value: '1' }] })).toEqual({});
});

test('a role has its variables, without empty rows', () => {
  const variables = [
    { name: ' X-Hasura-User-Id ', value: '1' },
    { name: '', value: '2' },
  ];
  expect(roleHeaders({ role: 'user', variables })).toEqual({ 'x-hasura-role': 'user', 'x-hasura-user-id': '1' });
});
