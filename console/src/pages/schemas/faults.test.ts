import { expect, test } from 'vitest';
import { faultAt, faultsElsewhere, faultsOfEntries } from './faults';

const FAULTS = [
  { pointer: '/definition/headers/1/name', code: 'bad', message: 'not a header', help: 'use letters' },
  { pointer: '/definition/url', code: 'bad', message: 'not an address' },
  { pointer: '/definition/url_from_env', code: 'bad', message: 'no such thing' },
  { pointer: '/definition/auth', code: 'bad', message: 'no token' },
];

test('a fault is told at its field, and not at one whose name begins the same', () => {
  expect(faultAt(FAULTS, '/definition/url')).toBe('not an address');
  expect(faultAt(FAULTS.slice(2), '/definition/url')).toBeUndefined();
});

test('a fault within an entry of a list is told at that entry', () => {
  expect(faultsOfEntries(FAULTS, '/definition/headers')).toEqual({ 1: 'not a header; use letters' });
});

test('what has no field is left over', () => {
  const shown = ['/definition/url', '/definition/url_from_env', '/definition/headers'];
  expect(faultsElsewhere(FAULTS, shown).map(({ pointer }) => pointer)).toEqual(['/definition/auth']);
});
