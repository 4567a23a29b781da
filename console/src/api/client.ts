// The one way to the gateway. Questions are typed by the server's own types; commands change something.
import type { Answers, Question } from './api';
import { gatewayUrl } from '../app/base';
import { session, signedIn } from '../app/session/session';

export type QuestionType = Question['type'];
export type ArgumentsOf<T extends QuestionType> = Extract<Question, { type: T }>['args'];

/** A request that did not come to what was wanted. */
export class GatewayError extends Error {
  /** 0 when there was no answer. */
  readonly status: number;
  /** A code of docs/errors.md, or `unreachable`. */
  readonly code: string;
  /** Where in the request, as the gateway writes it: `$.args.definition`. */
  readonly path: string;
  /** What else the gateway told. */
  readonly internal: unknown;

  constructor(status: number, code: string, message: string, path = '$', internal: unknown = null) {
    super(message);
    this.name = 'GatewayError';
    this.status = status;
    this.code = code;
    this.path = path;
    this.internal = internal;
  }
}

/** Asks something and changes nothing. */
export function ask<T extends QuestionType>(type: T, args: ArgumentsOf<T>, signal?: AbortSignal): Promise<Answers[T]> {
  return metadata({ type, args }, signal);
}

export interface CommandOptions {
  /** The command is refused with `conflict` if the metadata has another version by now. */
  resource_version?: number;
  /** Only `export_metadata` and `replace_metadata` have a version 2. */
  version?: 1 | 2;
}

/** Changes something. What docs/api.md says that it answers. */
export function command<Answer = unknown>(type: string, args: unknown, options: CommandOptions = {}): Promise<Answer> {
  return metadata({ type, args, ...options });
}

/** Sends a request as the administrator; when the gateway refuses him, waits for another secret and sends it again. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const { secret } = session.get();
    const response = await send(path, init, secret);
    const refusal = await refusalOf(response);
    if (refusal === null) {
      if (!session.get().wasAccepted) session.set({ wasAccepted: true });
      return response;
    }
    // It may have been on its way with the old secret while the new one was given.
    if (secret === session.get().secret) await signedIn(refusal);
    init.signal?.throwIfAborted();
  }
}

/** Whether the gateway answers at all. It needs no secret for that, so this says nothing about ours. */
export function isThere(signal: AbortSignal): Promise<boolean> {
  return send('healthz', { signal }, null).then(
    () => true,
    () => false,
  );
}

/** Why the gateway does not take this secret; null when it does. */
export async function checkSecret(secret: string): Promise<string | null> {
  const body = JSON.stringify({ type: 'get_overview', args: {} });
  return refusalOf(await send('v1/metadata', { method: 'POST', body }, secret));
}

async function metadata<Answer>(body: unknown, signal?: AbortSignal): Promise<Answer> {
  const response = await request('v1/metadata', { method: 'POST', body: JSON.stringify(body), signal });
  if (!response.ok) throw await errorOf(response);
  return response.json();
}

async function send(path: string, init: RequestInit, secret: string | null): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-conjoin-source', 'console');
  if (init.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  if (secret !== null) headers.set('x-hasura-admin-secret', secret);
  try {
    return await fetch(gatewayUrl(path), { ...init, headers, cache: 'no-store' });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new GatewayError(0, 'unreachable', 'the gateway does not answer');
  }
}

async function refusalOf(response: Response): Promise<string | null> {
  if (response.ok) return null;
  const error = await errorOf(response.clone());
  return error.code === 'access-denied' || response.status === 401 ? error.message : null;
}

/** Reads an error in the form of Hasura: `{"path", "error", "code"}`. */
export async function errorOf(response: Response): Promise<GatewayError> {
  const text = await response.text();
  try {
    const { code, error, path, internal } = JSON.parse(text);
    if (typeof code === 'string' && typeof error === 'string') return new GatewayError(response.status, code, error, path, internal);
  } catch {
    // Something between us and the gateway has answered.
  }
  const answer = text.trim().slice(0, 200);
  return new GatewayError(response.status, 'unexpected', `something that is not the gateway has answered with status ${response.status}`, '$', answer);
}
