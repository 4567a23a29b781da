import { expect, it } from 'vitest';
import { savingCommand } from './saving';

const relationship = { type_name: 'Order', name: 'buyer', definition: { to_remote_schema: {} } };
const create = { type: 'create_remote_schema_remote_relationship', args: { remote_schema: 'shop', ...relationship } };

it('creates what is new', () => expect(savingCommand('shop', relationship, null)).toEqual(create));

it('updates what keeps its place', () => {
  const { type, args } = savingCommand('shop', relationship, { type_name: 'Order', name: 'buyer' });
  expect({ type, args }).toEqual({ ...create, type: 'update_remote_schema_remote_relationship' });
});

it('moves what gets another name or type in one step', () => {
  for (const replaced of [
    { type_name: 'Order', name: 'customer' },
    { type_name: 'Invoice', name: 'buyer' },
  ]) {
    const remove = { type: 'delete_remote_schema_remote_relationship', args: { remote_schema: 'shop', ...replaced } };
    expect(savingCommand('shop', relationship, replaced)).toEqual({ type: 'bulk', args: [remove, create] });
  }
});
