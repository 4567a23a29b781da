import { expect, test } from 'vitest';
import { removalOf } from './removal';

const nothing = { kind: 'metadata', remote_schema: null, type_name: null, relationship: null, role: null };

test('each kind of object has its command', () => {
  const commands = [
    { ...nothing, kind: 'remote_schema', remote_schema: 'crm' },
    { ...nothing, kind: 'remote_schema_remote_relationship', remote_schema: 'crm', type_name: 'Deal', relationship: 'owner' },
    { ...nothing, kind: 'remote_schema_permission', remote_schema: 'crm', role: 'user' },
    { ...nothing, kind: 'inherited_role', role: 'staff' },
  ].map((problem) => removalOf(problem)?.command);
  expect(commands).toEqual([
    { type: 'remove_remote_schema', args: { name: 'crm', cascade: true } },
    { type: 'delete_remote_schema_remote_relationship', args: { remote_schema: 'crm', type_name: 'Deal', name: 'owner' } },
    { type: 'drop_remote_schema_permissions', args: { remote_schema: 'crm', role: 'user' } },
    { type: 'drop_inherited_role', args: { role_name: 'staff' } },
  ]);
});

test('what an inherited role would have is not removed with the permission of a role', () => {
  expect(removalOf({ ...nothing, kind: 'inherited role permission inconsistency', remote_schema: 'crm', role: 'staff' })).toBeNull();
  expect(removalOf(nothing)).toBeNull();
});
