import { expect, test } from 'vitest';
import { curlOf, emptyVariables, readable } from './upstreamRequest';

const batched = 'query($_j0_0:Int!,$_j1_0:[Int!]!){_0:user(id:$_j0_0){name} _1:users(ids:$_j1_0){name}}';

test('an operation is spread over lines, and nonsense is left alone', () => {
  expect(readable('{a{b}}')).toBe('{\n  a {\n    b\n  }\n}');
  expect(readable('{a{')).toBe('{a{');
});

test('variables have no values', () => {
  expect(JSON.parse(emptyVariables(batched) ?? '')).toEqual({ _j0_0: null, _j1_0: null });
  expect(emptyVariables('{orders(limit:3){id}}')).toBeUndefined();
});

test('addresses in the environment stay there', () => {
  expect(curlOf('{{USERS_URL}}', '{a}')).toContain('curl "$USERS_URL"');
  expect(curlOf('https://a.example/graphql', '{a}')).toContain('curl "https://a.example/graphql"');
});

test('neither address nor operation can end the quotes', () => {
  const curl = curlOf('https://a.example/"$(reboot)', `{a(b:"it's")}`);
  expect(curl).toContain('\\"\\$(reboot)');
  expect(curl).toContain(`it'\\''s`);
});
