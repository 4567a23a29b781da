import { expect, test } from 'vitest';
import { brokenBy, countsOf, type SchemaChange } from './schemaChange';

const change = (kind: string, affects: SchemaChange['affects'] = []): SchemaChange => ({ kind, path: 'A', breaking_graphql: 'none', description: '', affects });
const ROLE = { type: 'role', name: 'role user', reason: '`A` is removed' };

test('changes are counted by what happened', () => {
  expect(countsOf(['field_added', 'type_removed', 'argument_added', 'description_changed'].map((kind) => change(kind)))).toBe('2 added, 1 removed, 1 changed');
  expect(countsOf([])).toBe('');
});

test('what breaks is told once, whoever is to blame', () => {
  const other = { ...ROLE, reason: '`B` is removed' };
  const report = { changes: [{ remote: 'a', changes: [change('type_removed', [ROLE]), change('field_removed', [ROLE, other])] }], affects: [ROLE], safe: false };
  expect(brokenBy(report)).toEqual([ROLE, other]);
});
