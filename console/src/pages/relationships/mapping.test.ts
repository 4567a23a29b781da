import { describe, expect, it } from 'vitest';
import { EMPTY_FORM, formOf, keysOf, relationshipOf, withFilling, type RelationshipForm } from './mapping';

function form(relationship: unknown): RelationshipForm {
  const read = formOf(relationship);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

const relationship = (to: Record<string, unknown>) => ({
  type_name: 'Order',
  name: 'buyer',
  definition: { to_remote_schema: { remote_schema: 'people', ...to } },
});

const DEFINITIONS = {
  'a key': { lhs_fields: ['customer'], remote_field: { person: { arguments: { id: '$customer', active: true } } } },
  'no arguments': { lhs_fields: [], remote_field: { persons: { arguments: {} } } },
  'members of input objects': {
    lhs_fields: ['customer'],
    remote_field: { find: { arguments: { filter: { id: { _eq: '$customer', _in: [1, 2] }, region: null }, limit: 5 } } },
  },
  'composite keys in a list': {
    lhs_fields: ['code', 'country'],
    remote_field: { sellers: { arguments: { keys: [{ code: '$code', country: '$country' }] } } },
    batch: { keys: { code: 'code', country: 'country' }, path: ['nodes'], many: true, max: 100 },
  },
  'a path': {
    lhs_fields: ['country', 'code'],
    remote_field: { org: { arguments: { country: '$country' }, field: { unit: { arguments: { code: '$code' } } } } },
    on_error: 'fail',
  },
  'plain lists and empty objects': { lhs_fields: [], remote_field: { find: { arguments: { tags: ['a', { b: 1 }], filter: {} } } } },
  'what the form does not know': {
    lhs_fields: ['a', 'unused'],
    remote_field: { person: { arguments: { id: '$a' }, comment: 'kept' } },
    batch: { keys: { a: 'id' }, later: 1 },
    later: { x: [1] },
  },
};

describe('a definition in the form', () => {
  it.each(Object.entries(DEFINITIONS))('comes out as it went in: %s', (_, to) => {
    expect(relationshipOf(form(relationship(to)))).toEqual(relationship(to));
  });

  it('keeps the order of keys, and those that nothing uses', () => {
    const to = { lhs_fields: ['unused', 'b', 'a'], remote_field: { find: { arguments: { x: '$a', y: '$b', z: '$c' } } } };
    expect(keysOf(form(relationship(to)))).toEqual(['unused', 'b', 'a', 'c']);
  });

  it('drops a key when its argument is filled otherwise', () => {
    const before = form(relationship(DEFINITIONS['a key']));
    const [step] = before.path;
    const after = { ...before, path: [{ ...step!, fillings: withFilling(step!.fillings, 'id', { from: 'value', value: 3 }) }] };
    expect(relationshipOf(after)).toEqual(relationship({ lhs_fields: [], remote_field: { person: { arguments: { id: 3, active: true } } } }));
  });

  it.each([
    ['a text', '`type_name`'],
    [{ type_name: 'A', name: 'b', definition: { to_source: {} } }, '`to_remote_schema`'],
    [relationship({ lhs_fields: 'a', remote_field: {} }), '`lhs_fields`'],
    [relationship({ lhs_fields: [], remote_field: { a: {}, b: {} } }), 'one field'],
    [relationship({ lhs_fields: [], remote_field: {}, batch: {} }), '`keys`'],
    [relationship({ lhs_fields: [], remote_field: {}, on_error: 'stop' }), '`on_error`'],
  ])('is refused with a reason: %j', (wrong, reason) => {
    expect(formOf(wrong)).toContain(reason);
  });
});

describe('the empty form', () => {
  it('is a definition that the server can name the gaps of', () => {
    expect(relationshipOf(EMPTY_FORM).definition).toEqual({ to_remote_schema: { remote_schema: '', lhs_fields: [], remote_field: {} } });
  });
});

describe('a filling', () => {
  it('is replaced in its place, and taken away', () => {
    const before = { a: { from: 'field', field: 'x' }, b: { from: 'value', value: 1 } } as const;
    const after = withFilling(before, 'a', { from: 'value', value: null });
    expect(Object.entries(after)).toEqual([
      ['a', { from: 'value', value: null }],
      ['b', { from: 'value', value: 1 }],
    ]);
    expect(withFilling(after, 'a', null)).toEqual({ b: { from: 'value', value: 1 } });
  });
});
