// The whole job, by somebody who has never seen Conjoin: two remote schemas by URL, a relationship between them, a joined query and
// its plan.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { startBrowser, visit } from './browser';
import { type Gateway, type Remote, command, demoRemotes, startGateway, startRemote } from './servers';
import { addRemoteSchema, editorText, pick, runQuery } from './steps';

let browser: Browser;
let gateway: Gateway;
let orders: Remote;
let users: Remote;

beforeAll(async () => {
  [browser, gateway, orders, users] = await Promise.all([
    startBrowser(),
    startGateway(),
    startRemote(demoRemotes, 'orders'),
    startRemote(demoRemotes, 'users'),
  ]);
});

afterAll(() => Promise.all([browser?.close(), gateway?.stop(), orders?.stop(), users?.stop()]));

test('two schemas, a relationship, a joined query and its plan', async () => {
  const { page, end } = await visit(browser);
  await page.goto(gateway.url);
  await page.waitForURL('**/console/');

  await page.getByRole('link', { name: 'Remote Schemas' }).first().click();
  await addRemoteSchema(page, 'orders', orders.url);
  await page.getByRole('link', { name: 'Remote Schemas' }).first().click();
  await addRemoteSchema(page, 'users', users.url);

  await page.getByRole('link', { name: 'Remote Schemas' }).first().click();
  await page.getByRole('link', { name: 'orders', exact: true }).first().click();
  await page.getByRole('link', { name: 'Relationships', exact: true }).click();
  await page.getByRole('link', { name: 'Add a new relationship' }).first().click();

  await pick(page, 'Source type', 'Order');
  await pick(page, 'Target remote schema', 'users');
  await pick(page, 'Target field', /^user\b/);
  await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('user');
  // The only field that fits by its name is chosen already.
  await expect.poll(() => page.getByRole('main').innerText()).toMatch(/user_id/);
  await expect.poll(() => page.getByRole('main').innerText()).toMatch(/extend type Order \{\s*user: User/);

  await page.getByRole('button', { name: 'Test on live data' }).click();
  await expect.poll(() => page.getByRole('main').innerText()).toMatch(/Bob|Alice|name/);

  await page.getByRole('button', { name: 'Add Relationship' }).click();
  await page.getByRole('link', { name: 'Add a new relationship' }).first().waitFor();
  await page.getByRole('rowheader', { name: 'user', exact: true }).waitFor();

  await page.getByRole('link', { name: 'API', exact: true }).click();
  await runQuery(page, 'query Joined { orders(limit: 3) { id user { name } } }');
  await expect.poll(() => editorText(page, 'Result')).toMatch(/"user":/);
  const shown = await editorText(page, 'Result');
  expect(shown).not.toMatch(/"errors"/);

  await page.getByRole('button', { name: 'Join plan' }).click();
  const plan = page.getByRole('region', { name: 'Join plan' }).first();
  await expect.poll(() => plan.innerText()).toMatch(/2 upstream requests/);
  await expect.poll(() => plan.innerText()).toMatch(/\d ms/);

  const { relationships } = await command<{ relationships: { name: string; type_name: string }[] }>(gateway, 'list_relationships', {});
  expect(relationships.map(({ type_name, name }) => `${type_name}.${name}`)).toEqual(['Order.user']);
  await end();
});
