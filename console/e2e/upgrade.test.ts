// A tab that is older than the gateway: parts of the console that it asks for are not there any more, as they are named after what is
// in them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, visit } from './browser';
import { type Filled, startFilled } from './filled';

let browser: Browser;
let filled: Filled;

beforeAll(async () => {
  [browser, filled] = await Promise.all([startBrowser(), startFilled()]);
});

afterAll(() => Promise.all([browser?.close(), filled?.stop()]));

/** Takes a part away until the page is loaded anew; how often it was asked for in vain. */
async function takeAway(page: Page, part: string): Promise<() => number> {
  let isOld = true;
  let refused = 0;
  page.on('domcontentloaded', () => {
    isOld = false;
  });
  await page.route(`**/assets/${part}-*.js`, (route) => {
    if (!isOld) return route.continue();
    refused += 1;
    return route.fulfill({ status: 404 });
  });
  return () => refused;
}

test('a page that an old tab cannot load comes with the newer console', async () => {
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 404/);
  await page.goto(filled.gateway.console);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const refused = await takeAway(page, 'Traces');
  await page.getByRole('link', { name: 'Traces', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Traces' }).waitFor();
  expect(refused()).toBeGreaterThan(0);
  await end();
});

test('a part of a page that an old tab cannot load offers to reload, and what is typed stays', async () => {
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 404|dynamically imported module/);
  await page.goto(`${filled.gateway.console}schemas/orders/relationships/new`);
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('buyer');
  const refused = await takeAway(page, 'YamlTwin');
  await page.getByRole('tab', { name: 'YAML' }).click();
  await page.getByText('This part of the page could not be shown').waitFor();
  await page.getByRole('button', { name: 'Reload to update' }).waitFor();
  expect(refused()).toBeGreaterThan(0);
  await page.getByRole('tab', { name: 'Form' }).click();
  expect(await name.inputValue()).toBe('buyer');
  await end();
});

test('the page stays when an old tab cannot load the list to jump with', async () => {
  const { page, expectErrors, end } = await visit(browser);
  expectErrors(/status of 404|dynamically imported module/);
  await page.route('**/assets/JumpList-*.js', (route) => route.fulfill({ status: 404 }));
  await page.goto(`${filled.gateway.console}schemas/orders/relationships/new`);
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('buyer');
  await page.keyboard.press('Control+k');
  await page.getByText('This part of the page could not be shown').waitFor();
  await page.keyboard.press('Escape');
  expect(await name.inputValue()).toBe('buyer');
  await end();
});
