import { expect, test } from 'vitest';
import { switchesOf } from './config';

test('switches are told in words, and only those that the gateway tells', () => {
  const told = switchesOf({ is_admin_secret_set: false, is_remote_schema_permissions_enabled: true, jwt: [], console_assets_dir: null });
  expect(told.map(({ label, value }) => `${label}: ${value}`)).toEqual([
    'Admin secret: none: everybody who reaches the gateway is admin',
    'Permissions: in force',
  ]);
});
