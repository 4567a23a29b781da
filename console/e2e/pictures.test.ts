// Every page in both themes: a picture to be looked at, no flaw that axe can find, one first heading.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { type Theme, accessibilityFlaws, pictures, startBrowser, visit } from './browser';
import { type Filled, run, startFilled } from './filled';
import { type Gateway, startGateway } from './servers';
import { runQuery } from './steps';

let browser: Browser;
let filled: Filled;
let empty: Gateway;
let locked: Gateway;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  [browser, filled, empty, locked] = await Promise.all([startBrowser(), startFilled(), startGateway(), startGateway({ adminSecret: 'a secret' })]);
  await run(filled.gateway, 'query Joined { orders(limit: 3) { id total user { name email } } }');
  await run(filled.gateway, 'query Refused { nothing }');
});

afterAll(() => Promise.all([browser?.close(), filled?.stop(), empty?.stop(), locked?.stop()]));

const THEMES: Theme[] = ['light', 'dark'];

interface Shot {
  name: string;
  path: string;
  /** The gateway with two remote schemas unless it says otherwise. */
  of?: () => Gateway;
  /** What a person does before the picture is taken. */
  first?: (page: Page) => Promise<unknown>;
}

const SHOTS: Shot[] = [
  { name: 'login', path: '', of: () => locked },
  { name: 'overview-empty', path: '', of: () => empty },
  { name: 'schemas-empty', path: 'schemas', of: () => empty },
  { name: 'graph-empty', path: 'graph', of: () => empty },
  { name: 'traces-empty', path: 'traces', of: () => empty },
  { name: 'permissions-empty', path: 'permissions', of: () => empty },
  { name: 'overview', path: '' },
  { name: 'schemas', path: 'schemas' },
  { name: 'schemas-new', path: 'schemas/new' },
  { name: 'schemas-new-connected', path: 'schemas/new', first: connectAgain },
  { name: 'schema-overview', path: 'schemas/orders/overview' },
  { name: 'schema-browser', path: 'schemas/orders/schema?type=Order' },
  { name: 'schema-relationships', path: 'schemas/orders/relationships' },
  { name: 'schema-permissions', path: 'schemas/orders/permissions' },
  { name: 'schema-customize', path: 'schemas/orders/customize' },
  { name: 'schema-settings', path: 'schemas/orders/settings' },
  { name: 'relationship-new', path: 'schemas/orders/relationships/new' },
  { name: 'relationship-new-filled', path: 'schemas/orders/relationships/new?type=Order&target=users&field=users' },
  { name: 'relationship-edit', path: 'schemas/orders/relationships/Order/user' },
  { name: 'suggestions', path: 'suggestions' },
  { name: 'graph-map', path: 'graph' },
  { name: 'graph-list', path: 'graph?view=list' },
  { name: 'api', path: 'api', first: (page) => runQuery(page, '{ orders(limit: 3) { id user { name } } }') },
  { name: 'api-plan', path: 'api', first: runAndShowPlan },
  { name: 'traces', path: 'traces' },
  { name: 'trace', path: 'traces', first: (page) => page.getByRole('link', { name: 'Joined' }).first().click() },
  { name: 'permissions', path: 'permissions' },
  { name: 'permission-edit', path: 'permissions/support/orders' },
  { name: 'permission-sdl', path: 'permissions/support/orders?tab=sdl' },
  { name: 'metadata-status', path: 'metadata/status' },
  { name: 'metadata-diff', path: 'metadata/diff' },
  { name: 'metadata-import', path: 'metadata/import' },
  { name: 'metadata-history', path: 'metadata/history' },
  { name: 'settings', path: 'settings' },
  { name: 'not-found', path: 'no/such/page' },
];

test.each(SHOTS)('$name', async ({ name, path, of, first }) => {
  const { page, settled, end, expectErrors } = await visit(browser);
  // A gateway that wants a secret says so, and the browser writes it down.
  if (of?.() === locked) expectErrors(/status of 40[01]/);
  await page.goto((of?.() ?? filled.gateway).console + path);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await first?.(page);
  const flaws: string[] = [];
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await settled();
    await page.screenshot({ path: join(pictures, `${name}-${theme}.png`) });
    // The markup of GraphiQL's tabs and of Monaco is not ours: a tab has a button to close it inside, and editors read the keyboard by
    // inputs that nobody sees.
    flaws.push(...(await accessibilityFlaws(page, ['.monaco-editor', '.graphiql-tabs'])));
  }
  expect(flaws).toEqual([]);
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  await end();
});

/** The schema of `users` once more: every name clashes with what is there. */
async function connectAgain(page: Page) {
  await page.getByLabel('URL', { exact: true }).fill(filled.users.url);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText(/^Connected in/).waitFor();
}

async function runAndShowPlan(page: Page) {
  await runQuery(page, '{ orders(limit: 3) { id user { name } } }');
  await page.getByText(/\d upstream requests?/).first().waitFor();
  await page.getByRole('button', { name: 'Join plan' }).click();
  await page.getByText(/Critical path/).waitFor();
}
