import { afterEach, expect, test, vi } from 'vitest';
import { session, signIn } from '../app/session/session';
import { GatewayError, ask, checkSecret, command, request } from './client';

const REFUSAL = { path: '$', error: 'invalid x-hasura-admin-secret/x-hasura-access-key', code: 'access-denied' };

/** Answers in turn, the last one again and again; what was sent is in the calls. */
function gateway(...answers: [status: number, body: unknown][]) {
  const fetched = vi.fn(async (_url: string, _init: RequestInit) => {
    const [status, body] = answers.length > 1 ? (answers.shift() ?? [500, '']) : (answers[0] ?? [500, '']);
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

function headersOf(init: RequestInit | undefined) {
  return Object.fromEntries(new Headers(init?.headers));
}

afterEach(() => {
  vi.unstubAllGlobals();
  session.set({ secret: null, refusal: null, wasAccepted: false });
});

test('questions go to the gateway that serves the console, under its prefix', async () => {
  const fetched = gateway([200, { traces: [], capacity: 0 }]);
  session.set({ secret: 'hush' });
  expect(await ask('get_traces', {})).toEqual({ traces: [], capacity: 0 });
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(url).toBe('http://gateway.test/prefix/v1/metadata');
  expect(JSON.parse(String(init?.body))).toEqual({ type: 'get_traces', args: {} });
  expect(headersOf(init)).toMatchObject({ 'x-hasura-admin-secret': 'hush', 'x-conjoin-source': 'console', 'content-type': 'application/json' });
});

test('commands say which version of the metadata they are about', async () => {
  const fetched = gateway([200, { message: 'success' }]);
  await command('reload_remote_schema', { name: 'a' }, { resource_version: 7 });
  expect(JSON.parse(String(fetched.mock.calls[0]?.[1].body))).toEqual({ type: 'reload_remote_schema', args: { name: 'a' }, resource_version: 7 });
});

test('errors have what the gateway said', async () => {
  gateway([409, { path: '$.resource_version', error: 'metadata has version 8', code: 'conflict', internal: { is: 8 } }]);
  const error = await command('clear_metadata', {}).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(GatewayError);
  expect(error).toMatchObject({ status: 409, code: 'conflict', path: '$.resource_version', message: 'metadata has version 8', internal: { is: 8 } });
});

test('a page of a proxy is told from an answer of the gateway', async () => {
  gateway([502, '<html>Bad gateway</html>']);
  await expect(ask('get_overview', {})).rejects.toMatchObject({ status: 502, code: 'unexpected', internal: '<html>Bad gateway</html>' });
});

test('no answer at all has a code, too', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
  await expect(ask('get_overview', {})).rejects.toMatchObject({ status: 0, code: 'unreachable' });
});

test('a refused request waits for another secret and is sent again as it was', async () => {
  const fetched = gateway([401, REFUSAL], [200, { message: 'success' }]);
  session.set({ secret: 'old', wasAccepted: true });
  const saving = command('add_remote_schema', { name: 'typed for an hour' });
  await vi.waitFor(() => expect(session.get().refusal).toBe(REFUSAL.error));
  expect(fetched).toHaveBeenCalledTimes(1);
  signIn('new', false);
  expect(await saving).toEqual({ message: 'success' });
  const [first, second] = fetched.mock.calls.map(([, init]) => init);
  expect(second?.body).toBe(first?.body);
  expect(headersOf(first)['x-hasura-admin-secret']).toBe('old');
  expect(headersOf(second)['x-hasura-admin-secret']).toBe('new');
  expect(session.get().refusal).toBeNull();
});

test('what comes back late with the old secret asks nobody again', async () => {
  const fetched = gateway([401, REFUSAL], [200, { message: 'success' }]);
  session.set({ secret: 'old' });
  const saving = command('clear_metadata', {});
  signIn('new', false);
  expect(await saving).toEqual({ message: 'success' });
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(session.get().refusal).toBeNull();
});

test('what is given up meanwhile is not sent again', async () => {
  const fetched = gateway([401, REFUSAL], [200, {}]);
  const controller = new AbortController();
  const asking = request('v1/events', { signal: controller.signal });
  await vi.waitFor(() => expect(session.get().refusal).not.toBeNull());
  controller.abort();
  signIn('new', false);
  await expect(asking).rejects.toThrow();
  expect(fetched).toHaveBeenCalledTimes(1);
});

test('a secret is tried without being taken', async () => {
  gateway([401, REFUSAL]);
  expect(await checkSecret('wrong')).toBe(REFUSAL.error);
  gateway([200, {}]);
  expect(await checkSecret('right')).toBeNull();
  expect(session.get().secret).toBeNull();
});
