import { describe, expect, it } from 'vitest';
import type { FieldDetail } from '../../api/api';
import { fromField, fromType, leadingField, ONTO_REMOTE, ontoType, startOf } from './connection';

const drag = (sourceHandle: string | null, targetHandle: string | null, target = 'users') => startOf({ source: 'orders', sourceHandle, target, targetHandle });

describe('a drag', () => {
  it('starts at a type and leads to a type', () => {
    expect(drag(fromType('Order'), ontoType('User'))).toEqual({ remote: 'orders', type: 'Order', target: 'users', targetType: 'User' });
  });

  it('starts at the type of a field', () => expect(drag(fromField('Order', 'buyer'), ontoType('User'))).toMatchObject({ type: 'Order' }));

  it('may lead to a remote schema only', () => {
    expect(drag(fromType('Order'), ONTO_REMOTE)).toEqual({ remote: 'orders', type: 'Order', target: 'users', targetType: undefined });
  });

  it('knows a type by any name that a type may have', () => {
    expect(drag(fromType('from'), ontoType('onto'))).toMatchObject({ type: 'from', targetType: 'onto' });
    expect(drag(fromType('_1'), ontoType('_2'))).toMatchObject({ type: '_1', targetType: '_2' });
  });

  it('leads nowhere within a remote schema, or between other handles', () => {
    expect(drag(fromType('Order'), ontoType('Item'), 'orders')).toBeNull();
    expect(drag(null, ontoType('User'))).toBeNull();
    expect(drag(fromType('Order'), null)).toBeNull();
    expect(drag(fromType('Order'), 'left end')).toBeNull();
  });
});

const argument = (name: string, is_required: boolean): FieldDetail['arguments'][number] => ({
  name,
  type_text: 'ID',
  named_type: 'ID',
  kind: 'scalar',
  is_list: false,
  is_required,
  default: null,
  description: null,
});

const field = (name: string, named_type: string, change: Partial<FieldDetail> = {}): FieldDetail => ({
  name,
  served_name: null,
  type_text: named_type,
  named_type,
  kind: 'object',
  is_list: false,
  description: null,
  deprecated: null,
  arguments: [argument('id', true)],
  ...change,
});

describe('the field that leads to a type', () => {
  it('is the one that takes one key', () => {
    const fields = [
      field('search', 'User', { arguments: [argument('text', false)] }),
      field('pair', 'User', { arguments: [argument('a', true), argument('b', true)] }),
      field('user', 'User', { arguments: [argument('id', true), argument('locale', false)] }),
    ];
    expect(leadingField(fields, 'User')).toBe('user');
  });

  it('is one that brings one value, unless there are only lists', () => {
    const users = field('users', 'User', { is_list: true });
    expect(leadingField([users, field('user', 'User')], 'User')).toBe('user');
    expect(leadingField([users], 'User')).toBe('users');
  });

  it('is none where nothing can be looked up', () => {
    expect(leadingField([field('city', 'City'), field('me', 'User', { arguments: [] }), field('old', 'User', { deprecated: 'gone' })], 'User')).toBeUndefined();
  });
});
