// Who sees what, and the metadata as a whole: a permission from ticks to its effect, an import of a Hasura project and the way back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { startBrowser, visit } from './browser';
import { type Gateway, type Remote, command, demoRemotes, startGateway, startRemote } from './servers';

let browser: Browser;
let gateway: Gateway;
let orders: Remote;

beforeAll(async () => {
  [browser, gateway, orders] = await Promise.all([startBrowser(), startGateway(), startRemote(demoRemotes, 'orders')]);
  await command(gateway, 'add_remote_schema', { name: 'orders', definition: { url: orders.url } });
});

afterAll(() => Promise.all([browser?.close(), gateway?.stop(), orders?.stop()]));

test('a permission is ticked, saved, in force, and not overwritten by another one unseen', async () => {
  const { page, end } = await visit(browser);
  await page.goto(`${gateway.console}permissions`);
  await page.getByRole('button', { name: 'Add a permission' }).click();
  await page.getByRole('dialog').getByLabel('Role').fill('clerk');
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: 'clerk on orders' }).waitFor();

  await page.getByRole('checkbox', { name: /^orders: / }).click();
  await page.getByRole('button', { name: 'Preset Query.orders(limit:)' }).click();
  await page.getByLabel('Preset of Query.orders(limit:)').fill('2');
  await page.getByText('Changes against what is saved').waitFor();
  await page.getByRole('button', { name: 'Save permission' }).click();
  await page.getByText('Saved.').waitFor();

  const asked = await fetch(`${gateway.url}/v1/graphql`, {
    method: 'POST',
    headers: { 'x-hasura-role': 'clerk' },
    body: JSON.stringify({ query: '{ orders { id } }' }),
  });
  expect(await asked.json()).toEqual({ data: { orders: [{ id: 1 }, { id: 2 }] } });

  await page.getByRole('checkbox', { name: /^order: / }).click();
  const definition = { schema: 'type Query { order(id: Int!): Order } type Order { id: Int! }' };
  await command(gateway, 'bulk', [
    { type: 'drop_remote_schema_permissions', args: { remote_schema: 'orders', role: 'clerk' } },
    { type: 'add_remote_schema_permissions', args: { remote_schema: 'orders', role: 'clerk', definition } },
  ]);
  await page.getByText('Somebody else has saved this permission meanwhile').waitFor();
  await page.getByRole('button', { name: 'Take theirs' }).click();
  await page.getByText('2 of 5 fields').waitFor();

  await page.getByRole('link', { name: 'Permissions' }).first().click();
  await page.getByRole('link', { name: 'clerk on orders: partial 2/5' }).waitFor();
  await end();
});

test('a project of Hasura is imported after a look, and taken back', async () => {
  const { page, end } = await visit(browser);
  await page.goto(`${gateway.console}metadata/import`);
  const document = {
    version: 3,
    sources: [{ name: 'default', kind: 'postgres', tables: [], configuration: {} }],
    remote_schemas: [{ name: 'shop', definition: { url: orders.url, timeout_seconds: 60 }, comment: '' }],
    cron_triggers: [{ name: 'nightly', webhook: 'x', schedule: '0 0 * * *', include_in_metadata: true }],
  };
  await page.getByLabel('Document').fill(JSON.stringify({ resource_version: 7, metadata: document }));
  await page.getByText('Kept, and not served').waitFor();
  await page.getByText('remote schema shop').waitFor();
  await page.getByText('remote schema orders').waitFor();
  await page.getByRole('button', { name: /^Import/ }).last().click();
  await page.getByText('Imported.').waitFor();
  await expect.poll(async () => names(await command<Exported>(gateway, 'export_metadata', {}))).toEqual(['shop']);

  await page.getByRole('button', { name: 'Undo the import' }).click();
  await expect.poll(async () => names(await command<Exported>(gateway, 'export_metadata', {}))).toEqual(['orders']);

  await page.getByLabel('Document').fill('version: 3\nremote_schemas: [{name: 1}]\n');
  await page.getByRole('alert').getByText('/to/remote_schemas/0/name').waitFor();
  await end();
});

interface Exported {
  remote_schemas: { name: string }[];
}

const names = ({ remote_schemas }: Exported) => remote_schemas.map(({ name }) => name);
