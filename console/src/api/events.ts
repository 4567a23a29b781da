// What the gateway tells by itself: `GET v1/events`, read as a stream because `EventSource` cannot send the secret.
import { createStore, useStore } from '../app/store';
import { isAboutMetadata, queryClient } from './ask';
import { isThere, request } from './client';
import { readEvents, type ServerEvent } from './eventStream';

/** Whether the gateway answers. */
export const connection = createStore({ isLost: false });
export const useConnection = () => useStore(connection);

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** Listens until the signal says so, and tries again whenever the stream ends. */
export async function listen(signal: AbortSignal) {
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    // Asked of what needs no secret: a gateway that refuses us is there all the same.
    if (await isThere(signal)) {
      comeBack();
      const hasListened = await follow(signal).catch(() => false);
      if (hasListened) pause = FIRST_PAUSE;
    } else if (!signal.aborted) {
      connection.set({ isLost: true });
    }
    await sleep(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Takes events until the stream ends; false if there was none. */
async function follow(signal: AbortSignal): Promise<boolean> {
  const { ok, body } = await request('v1/events', { signal, headers: { accept: 'text/event-stream' } });
  if (!ok || !body) return false;
  for await (const event of readEvents(body)) take(event);
  return true;
}

function comeBack() {
  if (!connection.get().isLost) return;
  connection.set({ isLost: false });
  void queryClient.invalidateQueries();
}

function take({ event }: ServerEvent) {
  const types = { metadata: isAboutMetadata, health: is('get_overview', 'get_remote_schema_health'), trace: is('get_traces') };
  const predicate = Object.entries(types).find(([name]) => name === event)?.[1];
  if (predicate) void queryClient.invalidateQueries({ predicate: ({ queryKey }) => predicate(queryKey) });
}

const is =
  (...types: string[]) =>
  (key: readonly unknown[]) =>
    types.some((type) => key[1] === type);

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}
