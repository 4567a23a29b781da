// Starts what the tests talk to: the gateway's own program and real GraphQL servers, on free ports of the loopback interface. Each is
// stopped by its own process, and nothing is left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const workspace = resolve(import.meta.dirname, '../..');
const binary = (variable: string, name: string) => process.env[variable] ?? join(workspace, 'target/release', name);

/** Longest time that a server may take to start. */
const PATIENCE_MS = 30_000;

/** A running gateway. */
export interface Gateway {
  /** Its address: `http://127.0.0.1:4711`. */
  url: string;
  /** Of the console, with a slash at the end. */
  console: string;
  port: number;
  stop: () => Promise<void>;
}

interface GatewayOptions {
  adminSecret?: string;
  /** The port of a gateway that was stopped before. */
  port?: number;
  /** Its data directory, to be kept. */
  data?: string;
  arguments?: string[];
}

/** Starts the gateway with an empty store, unless `data` is one that exists. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const port = options.port ?? (await freePort());
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'conjoin-e2e-'));
  const environment = { ...process.env, NO_COLOR: '1' } as Record<string, string>;
  if (options.adminSecret) environment['HASURA_GRAPHQL_ADMIN_SECRET'] = options.adminSecret;
  // A debug build has no console inside, so it is told where one is.
  const consoleDirectory = process.env['CONSOLE_DIR'];
  const child = spawn(
    binary('CONJOIN_BIN', 'conjoin'),
    [
      ...['serve', '--host', '127.0.0.1', '--port', String(port), '--data-dir', data],
      ...(consoleDirectory ? ['--console-dir', consoleDirectory] : []),
      ...(options.arguments ?? []),
    ],
    { env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const told: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => told.push(line));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the gateway has ended: ${told.slice(-5).join('\n')}`);
    return (await fetch(`${url}/v1/version`)).ok;
  });
  return {
    url,
    console: `${url}/console/`,
    port,
    stop: async () => {
      await ended(child);
      if (!options.data) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A running GraphQL server. */
export interface Remote {
  url: string;
  stop: () => Promise<void>;
}

/** Starts a GraphQL server over `NAME.graphql` and `NAME.json` of a directory. */
export async function startRemote(directory: string, name: string, port = 0): Promise<Remote> {
  const file = (extension: string) => join(directory, `${name}.${extension}`);
  const child = spawn(
    binary('SAMPLE_REMOTE_BIN', 'sample-remote'),
    ['--sdl', file('graphql'), '--data', file('json'), '--port', String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error(`the remote ${name} has not said where it is`);
  return { url: first.value.trim(), stop: () => ended(child) };
}

/** The remotes of the demo. */
export const demoRemotes = join(workspace, 'examples/demo/remotes');

/** Starts a server that answers what no GraphQL server answers. */
export async function startServer(listener: RequestListener): Promise<Remote & { server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://127.0.0.1:${port}/graphql`,
    stop: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** Sends a command to the metadata API, past the console. */
export async function command<Answer>(gateway: Gateway, type: string, args: unknown, secret?: string): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (secret) headers['x-hasura-admin-secret'] = secret;
  const response = await fetch(`${gateway.url}/v1/metadata`, { method: 'POST', headers, body: JSON.stringify({ type, args }) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${type}: ${JSON.stringify(answer)}`);
  return answer as Answer;
}

export async function freePort(): Promise<number> {
  const listener = createListener();
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  const { port } = listener.address() as AddressInfo;
  await new Promise((closed) => listener.close(closed));
  return port;
}

/** Waits until something is so, but not forever. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const so = await isSo().catch((error: unknown) => {
      if (Date.now() > end || (error instanceof Error && error.message.includes('has ended'))) throw error;
      return false;
    });
    if (so) return;
    if (Date.now() > end) throw new Error('it has not come to be in time');
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resume) => child.once('exit', () => resume()));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}
