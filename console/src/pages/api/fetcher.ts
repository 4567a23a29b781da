// How GraphiQL asks the gateway: as the role of the session, with the join plan, and with a way to stop.
import type { Fetcher, FetcherParams, FetcherResult } from '@graphiql/toolkit';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { JoinPlan } from '../../api/api';
import { gatewayUrl } from '../../app/base';
import { roleHeaders, session } from '../../app/session/session';

/** What is known of an operation besides its response. */
export interface Run {
  role: string;
  ms: number;
  /** Of the response as it is shown. */
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
        // A plan that was asked for in the headers editor stays in the response.
        const isExplained = !headers.has(EXPLAIN) && session.get().role === 'admin';
        if (isExplained) headers.set(EXPLAIN, 'trace');
        void send(params, headers, controller.signal).then(({ result, run }) => {
          if (controller.signal.aborted) return;
          const shown = isExplained ? withoutPlan(result) : result;
          onRun({ ...run, bytes: sizeOf(shown), plan: planOf(result) });
          observer.next(shown);
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

async function send(params: FetcherParams, headers: Headers, signal?: AbortSignal): Promise<{ result: FetcherResult; run: Pick<Run, 'role' | 'ms'> }> {
  const { role } = session.get();
  const start = performance.now();
  const done = (result: FetcherResult) => ({ result, run: { role, ms: performance.now() - start } });
  try {
    const response = await fetch(gatewayUrl('v1/graphql'), { method: 'POST', headers, body: JSON.stringify(params), signal, cache: 'no-store' });
    const text = await response.text();
    return done(resultOf(response.status, text));
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
  return { errors: [new GraphQLError(message, { extensions: { code } })] };
}

/** The one result of an operation; what arrives in parts has no plan. */
function isResult(result: FetcherResult): result is ExecutionResult {
  return typeof result === 'object' && !Array.isArray(result) && !('hasNext' in result);
}

function planOf(result: FetcherResult): JoinPlan | null {
  const plan = isResult(result) ? result.extensions?.['joinPlan'] : null;
  return isPlan(plan) ? plan : null;
}

function isPlan(plan: unknown): plan is JoinPlan {
  return typeof plan === 'object' && plan !== null && 'version' in plan && plan.version === 1;
}

/** Nobody has asked for the plan in the response but us. */
function withoutPlan(result: FetcherResult): FetcherResult {
  if (!isResult(result) || !result.extensions) return result;
  const { extensions: { joinPlan, ...extensions }, ...rest } = result;
  return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest;
}

function sizeOf(result: FetcherResult): number {
  return new TextEncoder().encode(JSON.stringify(result)).length;
}
