import { expect, test } from 'vitest';
import type { RemoteSchemaDefinition } from '../../api/api';
import { EMPTY, addressOf, argumentsOf, isSame, keptKeys, schemaSourceOf, tidy, withAddress, withSchemaSource } from './draft';

const RICH: RemoteSchemaDefinition = {
  url_from_env: 'CRM_URL',
  timeout_seconds: 10,
  headers: [{ name: 'x-key', value_from_env: 'KEY' }],
  forward_client_headers: true,
  forward_headers: [{ name: 'accept-language' }],
  auth: { type: 'bearer', token_from_env: 'TOKEN' },
  customization: { root_fields_namespace: 'crm', type_names: { prefix: 'Crm_', mapping: { usr: 'User' } }, field_names: [{ parent_type: 'usr', mapping: { nm: 'name' } }] },
};

test('a definition that is read and saved is the same, whatever the form has no field for', () => {
  expect(tidy(RICH)).toEqual(RICH);
  expect(keptKeys(RICH)).toEqual(['forward_headers', 'auth']);
});

test('what was begun and left empty is not saved', () => {
  const definition: RemoteSchemaDefinition = {
    url: ' http://a/graphql ',
    headers: [{ name: ' ', value: 'x' }],
    introspection_headers: [],
    forward_client_headers: false,
    timeout_seconds: undefined,
    customization: { root_fields_namespace: '', type_names: { prefix: '', mapping: { A: ' ' } }, field_names: [{ parent_type: 'A', mapping: {} }] },
  };
  expect(argumentsOf({ name: ' a ', comment: ' ', definition })).toEqual({ name: 'a', definition: { url: 'http://a/graphql' } });
});

test('the address is a URL or the name of a variable, never both', () => {
  const variable = withAddress({ url: 'http://a', timeout_seconds: 5 }, 'variable', 'A_URL');
  expect(variable).toEqual({ url_from_env: 'A_URL', timeout_seconds: 5 });
  expect(addressOf(variable)).toEqual({ source: 'variable', text: 'A_URL' });
  expect(addressOf(withAddress(variable, 'url', 'http://b'))).toEqual({ source: 'url', text: 'http://b' });
});

test('the schema comes from the remote or from one other place', () => {
  const written = withSchemaSource({ url: 'http://a' }, 'sdl', 'type Query { a: Int }');
  expect(schemaSourceOf(written)).toEqual({ source: 'sdl', text: 'type Query { a: Int }' });
  expect(withSchemaSource(written, 'file', 'a.graphql')).toEqual({ url: 'http://a', schema_from: { file: 'a.graphql' } });
  expect(withSchemaSource(written, 'introspection', '')).toEqual({ url: 'http://a' });
});

test('drafts are the same when they would be saved as the same', () => {
  const a = { ...EMPTY, name: 'a', definition: { url: 'http://a', timeout_seconds: 1 } };
  expect(isSame(a, { ...a, comment: ' ', definition: { timeout_seconds: 1, url: 'http://a', headers: [] } })).toBe(true);
  expect(isSame(a, { ...a, comment: 'new' })).toBe(false);
});
