// What breaks, is mistyped, changes meanwhile or goes away: each says what happened and what to do, and nothing that was typed is lost.
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, visit } from './browser';
import { type Filled, startFilled } from './filled';
import { command, demoRemotes, freePort, startGateway, startRemote, startServer } from './servers';

let browser: Browser;
let filled: Filled;

beforeAll(async () => {
  [browser, filled] = await Promise.all([startBrowser(), startFilled()]);
});

afterAll(() => Promise.all([browser?.close(), filled?.stop()]));

/** Stopped after a test, however it ended. */
const started: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((stop) => stop()));
});

test('a remote that goes away says so, can be edited and removed, and recovers', async () => {
  const port = await freePort();
  let companies = await startRemote(demoRemotes, 'companies', port);
  started.push(() => companies.stop());
  await command(filled.gateway, 'add_remote_schema', { name: 'companies', definition: { url: companies.url } });
  await companies.stop();

  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of (4|500)/);
  await page.goto(`${filled.gateway.console}schemas/companies/overview`);
  await page.getByRole('button', { name: 'Reload', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nothing was changed', { exact: true }).waitFor();
  expect(await dialog.innerText()).toContain(`127.0.0.1:${port}`);
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  // It can be edited while it is broken.
  const parts = page.getByRole('navigation', { name: 'Parts of companies' });
  await parts.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Advanced', { exact: true }).click();
  await page.getByLabel(/^Comment/).fill('is down at times');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved.', { exact: true }).or(page.getByRole('alert')).first().waitFor();
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);

  // The gateway notices.
  await command(filled.gateway, 'reload_metadata', { reload_remote_schemas: ['companies'] });
  companies = await startRemote(demoRemotes, 'companies', port);
  await parts.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('button', { name: 'Reload', exact: true }).click();
  await expect.poll(() => page.getByRole('dialog').innerText()).toMatch(/no change|nothing has changed|same|unchanged/i);
  await page.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('healthy', { exact: true }).first().waitFor();
  // When it went away and came back is told, with the reason.
  const history = page.getByRole('region', { name: 'Since the gateway started' });
  await expect.poll(() => history.getByRole('listitem').allInnerTexts()).toEqual([expect.stringMatching(/healthy/), expect.stringMatching(/stale\s+could not reach .*refused/i), expect.stringMatching(/healthy/)]);

  // And it can be removed while it is broken.
  await companies.stop();
  await parts.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Remove companies' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove companies' }).click();
  await page.waitForURL('**/schemas');
  await expect.poll(() => page.getByRole('main').innerText()).not.toMatch(/companies/);
  await end();
});

test('a remote is renamed while it is down, and what leads to it follows', async () => {
  const port = await freePort();
  const companies = await startRemote(demoRemotes, 'companies', port);
  started.push(() => companies.stop());
  await command(filled.gateway, 'add_remote_schema', { name: 'companies', definition: { url: companies.url } });
  await command(filled.gateway, 'create_remote_schema_remote_relationship', {
    remote_schema: 'users',
    type_name: 'User',
    name: 'employer',
    definition: { to_remote_schema: { remote_schema: 'companies', lhs_fields: ['id'], remote_field: { employer: { arguments: { user_id: '$id' } } } } },
  });
  await companies.stop();

  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 400/);
  await page.goto(`${filled.gateway.console}schemas/companies/settings`);
  const name = page.getByLabel('New name', { exact: true });
  const rename = page.getByRole('button', { name: 'Rename', exact: true });
  await name.fill('users');
  await rename.click();
  await page.getByRole('alert').getByText('already exists').waitFor();
  expect(await name.inputValue()).toBe('users');
  await name.fill('employers');
  await page.getByText('User.employer').waitFor();
  await rename.click();
  await page.waitForURL('**/schemas/employers/settings');
  await page.getByRole('heading', { level: 1, name: 'employers' }).waitFor();
  const { relationships } = await command<{ relationships: { name: string; target: { remote_schema: string }; problem: unknown }[] }>(filled.gateway, 'list_relationships', { remote_schema: 'users' });
  expect(relationships.map(({ name, target, problem }) => [name, target.remote_schema, problem])).toEqual([['employer', 'employers', null]]);
  await command(filled.gateway, 'remove_remote_schema', { name: 'employers', cascade: true });
  await end();
});

const html: RequestListener = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>');
const unauthorized: RequestListener = (_, response) => response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"no token"}');
const silent: RequestListener = () => undefined;

const MISTAKES: { name: string; url: () => Promise<string>; says: RegExp; helps: RegExp; first?: (page: Page) => Promise<void> }[] = [
  { name: 'nobody listens', url: async () => `http://127.0.0.1:${await freePort()}/graphql`, says: /refused|connect/i, helps: /running|reach|listen|address/i },
  { name: 'HTML', url: () => serving(html), says: /not JSON|HTML|text\/html/i, helps: /path|GraphQL|page/i },
  { name: '401', url: () => serving(unauthorized), says: /401/, helps: /header|token|credential/i },
  {
    name: 'silence',
    url: () => serving(silent),
    says: /time|answer/i,
    helps: /timeout|time limit|longer/i,
    first: async (page) => {
      await page.getByText('Advanced', { exact: true }).click();
      await page.getByLabel('Timeout', { exact: true }).fill('1');
      await page.getByLabel('Timeout', { exact: true }).blur();
    },
  },
  { name: 'https to http', url: async () => (await serving(html)).replace('http:', 'https:'), says: /TLS|certificate|handshake/i, helps: /http:|certificate|TLS/i },
];

test.each(MISTAKES)('adding what does not answer as it should: $name', async ({ url, says, helps, first }) => {
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 4/);
  const address = await url();
  await page.goto(`${filled.gateway.console}schemas/new`);
  await page.getByLabel('URL', { exact: true }).fill(address);
  await page.getByLabel('Name', { exact: true }).fill('wrong');
  await first?.(page);
  await page.getByRole('button', { name: 'Connect' }).click();
  const alert = page.getByRole('alert').first();
  await alert.waitFor();
  const [, message = '', help = ''] = await alert.locator('p').allInnerTexts();
  expect(message).toMatch(says);
  expect(help).toMatch(helps);
  // Nothing that was typed is lost.
  expect(await page.getByLabel('URL', { exact: true }).inputValue()).toBe(address);
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('wrong');
  await end();
});

async function serving(listener: RequestListener): Promise<string> {
  const { url, stop } = await startServer(listener);
  started.push(stop);
  return url;
}

test('names that clash are resolved in one click', async () => {
  const { page, end } = await visit(browser);
  await page.goto(`${filled.gateway.console}schemas/new`);
  await page.getByLabel('URL', { exact: true }).fill(filled.users.url);
  await page.getByLabel('Name', { exact: true }).fill('archive');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText(/^Conflicts with what is loaded/).waitFor();
  await page.getByRole('button', { name: /Prefix its types|Put its root fields|Use the proposed names/ }).click();
  await page.getByText('Nothing is in conflict with these names.').waitFor();
  await page.getByRole('button', { name: 'Add remote schema' }).click();
  await page.getByRole('heading', { level: 1, name: 'archive' }).waitFor();
  await command(filled.gateway, 'remove_remote_schema', { name: 'archive' });
  await end();
});

test('a key that does not fit cannot be chosen, and says why', async () => {
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 4/);
  await page.goto(`${filled.gateway.console}schemas/orders/relationships/new?type=Order&target=users&field=user`);
  // After the name that is proposed.
  await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('user');
  await page.getByLabel('Name', { exact: true }).fill('buyer');
  // A list of fields says which of them do not fit, and why.
  await page.getByRole('combobox', { name: 'Fill id from' }).click();
  await page.getByRole('option', { name: 'Source field' }).click();
  const keys = page.getByRole('combobox', { name: 'Source field for id' });
  await keys.click();
  const total = page.getByRole('option', { name: /total/ });
  await total.waitFor();
  expect(await total.getAttribute('aria-disabled')).toBe('true');
  expect(await total.innerText()).toMatch(/Float/);
  await page.keyboard.press('Escape');

  // Another way to fill the argument is still open, and the name is kept.
  await page.getByRole('combobox', { name: 'Fill id from' }).click();
  await page.getByRole('option', { name: 'Static value' }).click();
  await expect.poll(() => page.getByRole('list', { name: 'Checks' }).innerText()).toMatch(/Good|Wrong/);
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('buyer');
  await end();
});

test('a change by somebody else in between is a conflict, and what was typed stays', async () => {
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 409/);
  await page.goto(`${filled.gateway.console}schemas/users/settings`);
  await page.getByText('Advanced', { exact: true }).click();
  const comment = page.getByLabel(/^Comment/);
  await comment.fill('from the console');
  await command(filled.gateway, 'update_remote_schema', { name: 'users', definition: { url: filled.users.url }, comment: 'from the API' });
  await page.getByRole('button', { name: 'Save changes' }).click();
  const alert = page.getByRole('alert').first();
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/conflict/);
  expect(await alert.innerText()).toMatch(/a client of the API/);
  expect(await comment.inputValue()).toBe('from the console');
  await page.getByRole('button', { name: 'Save mine' }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  const { metadata } = await command<{ metadata: { remote_schemas: { name: string; comment?: string }[] } }>(filled.gateway, 'export_metadata', {}).then(
    (exported) => ('metadata' in exported ? exported : { metadata: exported as never }),
  );
  expect(metadata.remote_schemas.find(({ name }) => name === 'users')?.comment).toBe('from the console');
  await end();
});

test('a relationship that somebody else saves meanwhile is not overwritten unseen', async () => {
  const { page, end } = await visit(browser);
  const theirs = (limit: number) => ({
    remote_schema: 'orders',
    type_name: 'Order',
    name: 'others',
    definition: { to_remote_schema: { remote_schema: 'orders', lhs_fields: [], remote_field: { orders: { arguments: { limit } } } } },
  });
  const stored = async () => {
    const { relationships } = await command<{ relationships: { name: string; definition: unknown }[] }>(filled.gateway, 'list_relationships', { remote_schema: 'orders' });
    return JSON.stringify(relationships.find(({ name }) => name === 'others')?.definition);
  };
  await command(filled.gateway, 'create_remote_schema_remote_relationship', theirs(1));
  await page.goto(`${filled.gateway.console}schemas/orders/relationships/Order/others`);
  const limit = page.getByLabel('Value of limit');
  await expect.poll(() => limit.inputValue()).toBe('1');

  // Where nothing was typed, what they save is shown.
  await command(filled.gateway, 'update_remote_schema_remote_relationship', theirs(2));
  await expect.poll(() => limit.inputValue()).toBe('2');

  await limit.fill('7');
  await command(filled.gateway, 'update_remote_schema_remote_relationship', theirs(3));
  await page.getByText('Somebody else has saved this relationship meanwhile').waitFor();
  expect(await limit.inputValue()).toBe('7');
  await page.getByRole('button', { name: 'Take theirs' }).click();
  await expect.poll(() => limit.inputValue()).toBe('3');

  await limit.fill('8');
  await command(filled.gateway, 'delete_remote_schema_remote_relationship', { remote_schema: 'orders', type_name: 'Order', name: 'others' });
  await page.getByText('Somebody else has removed this relationship meanwhile').waitFor();
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await page.getByRole('button', { name: 'Add Relationship' }).click();
  await page.waitForURL('**/relationships');
  expect(await stored()).toMatch(/"limit":8/);
  await command(filled.gateway, 'delete_remote_schema_remote_relationship', { remote_schema: 'orders', type_name: 'Order', name: 'others' });
  await end();
});

test('a gateway that goes away is missed, and what was typed is there when it is back', async () => {
  const data = mkdtempSync(join(tmpdir(), 'conjoin-e2e-'));
  started.push(async () => rmSync(data, { recursive: true, force: true }));
  const first = await startGateway({ data });
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  await page.goto(`${first.console}schemas/new`);
  await page.getByLabel('URL', { exact: true }).fill(filled.users.url);
  await page.getByLabel('Name', { exact: true }).fill('typed');
  await first.stop();
  await page.getByText('The gateway does not answer.').waitFor();
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();

  const second = await startGateway({ data, port: first.port });
  started.push(second.stop);
  await page.getByText('The gateway does not answer.').waitFor({ state: 'hidden', timeout: 30_000 });
  expect(await page.getByLabel('URL', { exact: true }).inputValue()).toBe(filled.users.url);
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('typed');
  await page.getByRole('button', { name: /Connect|Try again/ }).first().click();
  await page.getByText(/^Connected in/).waitFor();
  await page.getByRole('button', { name: 'Add remote schema' }).click();
  await page.getByRole('heading', { level: 1, name: 'typed' }).waitFor();
  await end();
});

test('a secret that is wrong is refused, and one that expires costs nothing', async () => {
  const data = mkdtempSync(join(tmpdir(), 'conjoin-e2e-'));
  started.push(async () => rmSync(data, { recursive: true, force: true }));
  const first = await startGateway({ data, adminSecret: 'first' });
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 40[01]|ERR_/);
  await page.goto(`${first.console}schemas/new`);
  const secret = page.getByLabel('Admin secret');
  await secret.fill('nonsense');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(/The gateway refuses it/).waitFor();
  expect(await secret.inputValue()).toBe('nonsense');
  await secret.fill('first');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name', { exact: true }).fill('kept');
  await page.getByLabel('URL', { exact: true }).fill(filled.users.url);

  await first.stop();
  const second = await startGateway({ data, port: first.port, adminSecret: 'second' });
  started.push(second.stop);
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.waitFor({ timeout: 30_000 });
  await again.getByLabel('Admin secret').fill('second');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('kept');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText(/^Connected in/).waitFor();
  await page.getByRole('button', { name: 'Add remote schema' }).click();
  await page.getByRole('heading', { level: 1, name: 'kept' }).waitFor();
  await end();
});
