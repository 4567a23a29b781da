import { expect, test } from 'vitest';
import { isSecret, withName, withSource, withValue } from './headers';

test('a change of one part keeps the others', () => {
  expect(withName({ name: 'a', value_from_env: 'B' }, 'c')).toEqual({ name: 'c', value_from_env: 'B' });
  expect(withValue({ name: 'a', value_from_env: 'B' }, 'C')).toEqual({ name: 'a', value_from_env: 'C' });
  expect(withValue({ name: 'a', value: 'b' }, 'c')).toEqual({ name: 'a', value: 'c' });
});

test('a header has one source only', () => {
  expect(withSource({ name: 'x-region', value: 'REGION' }, 'variable')).toEqual({ name: 'x-region', value_from_env: 'REGION' });
  expect(withSource({ name: 'x-region', value_from_env: 'REGION' }, 'value')).toEqual({ name: 'x-region', value: 'REGION' });
});

test('what cannot be the name of a variable, and what is secret, does not become one', () => {
  expect(withSource({ name: 'x-region', value: 'north west' }, 'variable')).toEqual({ name: 'x-region', value_from_env: '' });
  expect(withSource({ name: 'Authorization', value: 'abc123' }, 'variable')).toEqual({ name: 'Authorization', value_from_env: '' });
});

test('secrets are told by their names', () => {
  const names = ['Authorization', 'x-api-key', 'X-APIKEY', 'set-cookie', 'x-auth-token', 'accept', 'x-region', 'content-type'];
  expect(names.filter((name) => isSecret({ name, value: '' }))).toEqual(names.slice(0, 5));
});
