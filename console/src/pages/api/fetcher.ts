// How GraphiQL asks the gateway: as the role of the session, with the join plan, and with a way to stop.
import type { Fetcher, FetcherParams, FetcherResult } from '@graphiql/toolkit';
import type { JoinPlan } from '../../api/api';
import { gatewayUrl } from '../../app/base';
import { roleHeaders, session } from '../../app/session/session';

/** What is known of an operation besides its response. */
export interface Run {
  role: string;
  ms: number;
  bytes: number;
  /** Absent for roles other than admin, and when the operation was refused. */
  plan: JoinPlan | null;
}

interface Observer {
  next: (result: FetcherResult) => void;
  complete: () => void;
}

const EXPLAIN = 'x-gateway-explain';

/** Operations can be stopped; introspection is waited for. */
export function createFetcher(onRun: (run: Run) => void): Fetcher {
  return (params, options) => {
    const headers = headersOf(options?.headers);
    if (params.operationName === 'IntrospectionQuery') return send(params, headers).then(({ result }) => result);
    return {
      subscribe: (observer: Observer) => {
        const controller = new AbortController();
        const isExplained = !headers.has(EXPLAIN) && session.get().role === 'admin';
        if (isExplained) headers.set(EXPLAIN, 'trace');
        void send(params, headers, controller.signal).then(({ result, run }) => {
          if (controller.signal.aborted) return;
          onRun({ ...run, plan: planOf(result) });
          observer.next(isExplained ? withoutPlan(result) : result);
          observer.complete();
        });
        return { unsubscribe: () => controller.abort() };
      },
    };
  };
}

/** Headers of the session, and those of the editor, which win. */
export function headersOf(own: unknown): Headers {
  const { secret, ...player } = session.get();
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json', 'x-conjoin-source': 'console', ...roleHeaders(player) });
  if (secret !== null) headers.set('x-hasura-admin-secret', secret);
  for (const [name, value] of Object.entries(own ?? {})) headers.set(name, String(value));
  return headers;
}

async function send(params: FetcherParams, headers: Headers, signal?: AbortSignal): Promise<{ result: FetcherResult; run: Omit<Run, 'plan'> }> {
  const { role } = session.get();
  const start = performance.now();
  const done = (result: FetcherResult, bytes = 0) => ({ result, run: { role, ms: performance.now() - start, bytes } });
  try {
    const response = await fetch(gatewayUrl('v1/graphql'), { method: 'POST', headers, body: JSON.stringify(params), signal, cache: 'no-store' });
    const text = await response.text();
    return done(resultOf(response.status, text), new TextEncoder().encode(text).length);
  } catch (error) {
    if (error instanceof TypeError) {
      return done(failure('unreachable', 'The gateway does not answer. Check that it runs and that this machine reaches it, then run the operation again.'));
    }
    return done(failure('not-sent', `The operation was not sent: ${error instanceof Error ? error.message : error}`));
  }
}

function resultOf(status: number, text: string): FetcherResult {
  try {
    return JSON.parse(text);
  } catch {
    return failure('unexpected', `Something that is not the gateway has answered with status ${status}: ${text.trim().slice(0, 300)}`);
  }
}

function failure(code: string, message: string): FetcherResult {
  return { errors: [{ message, extensions: { code } }] } as unknown as FetcherResult;
}

function extensionsOf(result: FetcherResult): Record<string, unknown> | null {
  const isOne = typeof result === 'object' && 'extensions' in result;
  return isOne && typeof result.extensions === 'object' ? (result.extensions as Record<string, unknown>) : null;
}

function planOf(result: FetcherResult): JoinPlan | null {
  const plan = extensionsOf(result)?.['joinPlan'];
  return isPlan(plan) ? plan : null;
}

function isPlan(plan: unknown): plan is JoinPlan {
  return typeof plan === 'object' && plan !== null && 'version' in plan && plan.version === 1;
}

/** Nobody has asked for the plan in the response but us. */
function withoutPlan(result: FetcherResult): FetcherResult {
  const all = extensionsOf(result);
  if (all === null || typeof result !== 'object') return result;
  const { joinPlan, ...extensions } = all;
  const { extensions: _, ...rest } = result as Record<string, unknown>;
  return (Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest) as unknown as FetcherResult;
}
