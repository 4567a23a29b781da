import { beforeEach, expect, test, vi } from 'vitest';
import type { Run } from './fetcher';

const memory = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
vi.stubGlobal('document', { baseURI: 'http://gateway.example/prefix/console/' });
vi.stubGlobal('sessionStorage', memory);
vi.stubGlobal('localStorage', memory);
const { createFetcher } = await import('./fetcher');
const { session } = await import('../../app/session/session');

const PLAN = { version: 1, totalNs: 1, minRequests: 1, maxRequests: 1, steps: [] };
let sent: { url: string; headers: Headers; signal?: AbortSignal }[] = [];

function gatewayAnswers(answer: () => Promise<Response>) {
  sent = [];
  vi.stubGlobal('fetch', (url: string, init: { headers: Headers; signal?: AbortSignal }) => (sent.push({ url, ...init }), answer()));
}

/** Runs an operation; what GraphiQL is given, and what is told of the run. */
async function operate(headers?: Record<string, string>): Promise<{ result: unknown; run: Run | undefined }> {
  let run: Run | undefined;
  const operation = createFetcher((told) => (run = told))({ query: '{a}' }, { headers });
  if (!('subscribe' in operation)) throw new Error('an operation that cannot be stopped');
  const result = await new Promise((resolve) => operation.subscribe({ next: resolve, error: resolve, complete: () => undefined }));
  return { result, run };
}

beforeEach(() => session.set({ role: 'admin', variables: [], secret: 'hush' }));

test('the plan is taken out of a response that it was not asked for in', async () => {
  gatewayAnswers(async () => Response.json({ data: { a: 1 }, extensions: { joinPlan: PLAN } }));
  const { result, run } = await operate();
  expect(sent[0]?.url).toBe('http://gateway.example/prefix/v1/graphql');
  expect(sent[0]?.headers.get('x-gateway-explain')).toBe('trace');
  expect(sent[0]?.headers.get('x-hasura-admin-secret')).toBe('hush');
  expect(result).toEqual({ data: { a: 1 } });
  expect(run).toMatchObject({ role: 'admin', plan: PLAN, bytes: '{"data":{"a":1}}'.length });
});

test('a plan that the headers ask for stays, and other extensions do', async () => {
  gatewayAnswers(async () => Response.json({ data: null, extensions: { joinPlan: PLAN, other: 1 } }));
  expect((await operate({ 'x-gateway-explain': 'plan' })).result).toEqual({ data: null, extensions: { joinPlan: PLAN, other: 1 } });
  expect((await operate()).result).toEqual({ data: null, extensions: { other: 1 } });
});

test('another role is played with its variables, and asks for no plan', async () => {
  session.set({ role: 'user', variables: [{ name: 'X-Hasura-User-Id', value: '7' }] });
  gatewayAnswers(async () => Response.json({ data: {} }));
  const { run } = await operate();
  expect(Object.fromEntries(sent[0]?.headers ?? [])).toMatchObject({ 'x-hasura-role': 'user', 'x-hasura-user-id': '7' });
  expect(sent[0]?.headers.has('x-gateway-explain')).toBe(false);
  expect(run).toMatchObject({ role: 'user', plan: null });
});

test('a gateway that is away is said to be', async () => {
  gatewayAnswers(() => Promise.reject(new TypeError('Failed to fetch')));
  expect(JSON.parse(JSON.stringify((await operate()).result))).toMatchObject({ errors: [{ message: expect.stringContaining('does not answer'), extensions: { code: 'unreachable' } }] });
});

test('what a proxy says is shown', async () => {
  gatewayAnswers(async () => new Response('<h1>Bad Gateway</h1>', { status: 502 }));
  expect(JSON.stringify((await operate()).result)).toContain('status 502: <h1>Bad Gateway</h1>');
});

test('an operation that is stopped is aborted and tells nothing', async () => {
  let answer = (_: Response) => undefined as void;
  gatewayAnswers(() => new Promise((resolve) => (answer = resolve)));
  const told = vi.fn();
  const operation = createFetcher(told)({ query: '{a}' });
  if (!('subscribe' in operation)) throw new Error('an operation that cannot be stopped');
  operation.subscribe({ next: told, error: told, complete: told }).unsubscribe();
  expect(sent[0]?.signal?.aborted).toBe(true);
  answer(Response.json({ data: {} }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(told).not.toHaveBeenCalled();
});
