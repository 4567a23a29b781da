import { expect, test } from 'vitest';
import { affixFields, hasFieldNames, renameField, renameType, renamedTypes, servedField, servedType } from './customization';

test('a rename of its own beats prefix and suffix', () => {
  const customization = { type_names: { prefix: 'Crm_', suffix: '_v1', mapping: { usr: 'User' } } };
  expect(['usr', 'Deal', 'String'].map((name) => servedType(customization, name))).toEqual(['User', 'Crm_Deal_v1', 'String']);
});

test('an empty new name takes a rename back, and leaves the others', () => {
  const both = renameType(renameType({ type_names: { prefix: 'A_' } }, 'b', 'B'), 'c', ' C ');
  expect(both.type_names).toEqual({ prefix: 'A_', mapping: { b: 'B', c: 'C' } });
  expect(renameType(both, 'b', ' ').type_names).toEqual({ prefix: 'A_', mapping: { c: 'C' } });
});

test('fields are renamed within their type', () => {
  const customization = affixFields(renameField({}, 'usr', 'nm', 'name'), 'usr', { suffix: '_old' });
  expect(customization.field_names).toEqual([{ parent_type: 'usr', mapping: { nm: 'name' }, suffix: '_old' }]);
  expect(servedField(customization, 'usr', 'nm')).toBe('name');
  expect(servedField(customization, 'usr', 'id')).toBe('id_old');
  expect(servedField(customization, 'deal', 'id')).toBe('id');
});

test('types with renames are listed once', () => {
  const customization = renameField(renameField(renameType({}, 'usr', 'User'), 'usr', 'a', 'b'), 'deal', 'x', 'y');
  expect(renamedTypes(customization)).toEqual(['deal', 'usr']);
  expect(hasFieldNames(renameField(customization, 'deal', 'x', ''), 'deal')).toBe(false);
});
