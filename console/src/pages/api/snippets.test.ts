import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curl, headerOf, javascript, python, rust, type Operation } from './snippets';

const operation: Operation = {
  url: 'http://localhost:8080/v1/graphql',
  query: 'query It($id: Int!) {\n  user(id: $id, like: "it\'s \\"#") { name }\n}',
  variables: { id: 1, isNew: true, none: null },
  operationName: 'It',
  headers: [headerOf('content-type', 'application/json'), headerOf('x-hasura-admin-secret', 'hush'), headerOf('Authorization', 'Bearer hush'), headerOf('x-hasura-role', 'user')],
};
const body = { query: operation.query, variables: operation.variables, operationName: 'It' };

test.each([curl, javascript, python, rust])('%o tells no secret, and where to put it', (write) => {
  const code = write(operation);
  expect(code).not.toContain('hush');
  expect(code).toContain('CONJOIN_ADMIN_SECRET');
  expect(code).toContain('AUTHORIZATION');
  expect(code).toContain('x-hasura-role');
});

test('a shell gives curl what we mean', () => {
  const script = `curl() { printf '%s\\0' "$@"; }\n${curl(operation)}`;
  const words = execFileSync('sh', ['-c', script], { env: { CONJOIN_ADMIN_SECRET: 's' } }).toString().split('\0');
  expect(words[0]).toBe(operation.url);
  expect(words).toContain('x-hasura-admin-secret: s');
  expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(body);
});

test('JavaScript sends what we mean', async () => {
  const sent: unknown[] = [];
  const fetch = async (...request: unknown[]) => (sent.push(request), { json: async () => ({}) });
  const run = new Function('fetch', 'process', `return (async () => { ${javascript(operation)} })()`);
  await run(fetch, { env: { CONJOIN_ADMIN_SECRET: 's' } });
  expect(sent).toMatchObject([[operation.url, { method: 'POST', headers: { 'x-hasura-admin-secret': 's', 'x-hasura-role': 'user' } }]]);
  expect(JSON.parse(Object(Object(sent[0])[1]).body)).toEqual(body);
});

test('Python has the body as a text of one line', () => {
  const line = python(operation).split('\n').find((line) => line.startsWith('body = '));
  expect(JSON.parse(JSON.parse(line?.slice('body = '.length) ?? ''))).toEqual(body);
});

test('raw strings of Rust are closed by what is not in them', () => {
  expect(rust({ ...operation, query: '{a(b:"#")}' })).toContain('r##"{"query":"{a(b:\\"#\\")}"');
});

test('without variables and name there are none', () => {
  const code = curl({ ...operation, query: '{a}', variables: null, operationName: null });
  expect(code).toContain(`-d '{\n  "query": "{a}"\n}'`);
});
