import { describe, expect, it } from 'vitest';
import { formOf } from './mapping';
import { faultsAt, placeOf } from './places';

const form = formOf({
  type_name: 'Order',
  name: 'unit',
  definition: {
    to_remote_schema: {
      remote_schema: 'people',
      lhs_fields: ['country', 'code', 'unused'],
      remote_field: {
        org: { arguments: { country: '$country' }, field: { unit: { arguments: { by: { codes: ['$code'] } } } } },
      },
    },
  },
});
if (typeof form === 'string') throw new Error(form);

const TO = '/definition/to_remote_schema';

describe('the place of a pointer', () => {
  it.each([
    ['/name', 'name'],
    ['/type_name', 'type'],
    ['/remote_schema', 'form'],
    ['/definition', 'form'],
    [`${TO}/remote_schema`, 'target'],
    [`${TO}/remote_field`, 'path/0'],
    [`${TO}/remote_field/org`, 'path/0'],
    [`${TO}/remote_field/org/arguments`, 'path/0/arguments'],
    [`${TO}/remote_field/org/arguments/country`, 'path/0/arguments/country'],
    [`${TO}/remote_field/org/field/unit`, 'path/1'],
    [`${TO}/remote_field/field/field/unit/arguments/by/codes/0`, 'path/1/arguments/by/codes/0'],
    [`${TO}/remote_field/a~1b/arguments/c~0d`, 'path/0/arguments/c~d'],
    [`${TO}/lhs_fields/0`, 'path/0/arguments/country'],
    [`${TO}/lhs_fields/1`, 'path/1/arguments/by/codes/0'],
    [`${TO}/lhs_fields/2`, 'form'],
    [`${TO}/lhs_fields/9`, 'form'],
    [`${TO}/batch/keys/code`, 'batch/keys/code'],
    [`${TO}/on_error`, 'on_error'],
    ['', 'form'],
  ])('%s is %s', (pointer, place) => expect(placeOf(pointer, form)).toBe(place));
});

describe('what is wrong at a field', () => {
  const fault = { pointer: `${TO}/lhs_fields/1`, code: 'invalid', message: 'no such field' };

  it('is what is in it, when the parts have no fields of their own', () => {
    expect(faultsAt([fault], form, 'path/1/arguments/by')).toEqual([]);
    expect(faultsAt([fault], form, 'path/1/arguments/by', true)).toEqual([fault]);
    expect(faultsAt([fault], form, 'path/1/arguments/b', true)).toEqual([]);
  });
});
