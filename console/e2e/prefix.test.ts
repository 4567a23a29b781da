// Below a prefix, behind a proxy: deep links work, and so does every request that the console makes.
import { type IncomingMessage, type ServerResponse, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { startBrowser, visit } from './browser';
import { type Filled, startFilled } from './filled';
import { type Remote, startServer } from './servers';
import { editorText, runQuery } from './steps';

const PREFIX = '/gw';

let browser: Browser;
let filled: Filled;

beforeAll(async () => {
  [browser, filled] = await Promise.all([startBrowser(), startFilled()]);
});

afterAll(() => Promise.all([browser?.close(), filled?.stop()]));

/** Shows the gateway below the prefix, and nothing at any other path. */
function startProxy(target: string, headers: Record<string, string>): Promise<Remote> {
  return startServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? '/';
    if (!path.startsWith(`${PREFIX}/`)) return outgoing.writeHead(404).end();
    const forwarded = request(target + path.slice(PREFIX.length), { method: incoming.method, headers: { ...incoming.headers, ...headers } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    return incoming.pipe(forwarded);
  });
}

test('a deep link and the API page work behind a proxy that says its prefix', async () => {
  const proxy = await startProxy(filled.gateway.url, { 'x-forwarded-prefix': PREFIX });
  const { page, end } = await visit(browser);
  const origin = new URL(proxy.url).origin;
  await page.goto(`${origin}${PREFIX}/console/schemas/orders/relationships/Order/user`);
  await page.getByRole('heading', { level: 1, name: 'Order.user' }).waitFor();
  await expect.poll(() => page.getByRole('list', { name: 'Checks' }).innerText()).toMatch(/It would be served/);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Order.user' }).waitFor();

  await page.getByRole('link', { name: 'API', exact: true }).click();
  await page.waitForURL(`${origin}${PREFIX}/console/api`);
  await runQuery(page, '{ orders(limit: 2) { id user { name } } }');
  await expect.poll(() => editorText(page, 'Result')).toMatch(/"user":/);
  await end();
  await proxy.stop();
});
