// The job without a mouse: every control is reached by Tab or by its shortcut, and used by its keys.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { startBrowser, visit } from './browser';
import { type Gateway, type Remote, command, demoRemotes, startGateway, startRemote } from './servers';
import { editorText, replaceText } from './steps';

/** More than any page has controls. */
const MOST_PRESSES = 80;

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
  await command(gateway, 'add_remote_schema', { name: 'users', definition: { url: users.url } });
});

afterAll(() => Promise.all([browser?.close(), gateway?.stop(), orders?.stop(), users?.stop()]));

/** Presses Tab until what is wanted has the focus, and expects that one sees it. */
async function tabTo(page: Page, role: 'link' | 'button' | 'textbox' | 'combobox', name: string | RegExp) {
  await tabToThe(page, page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name }), `${role} ${name}`);
}

async function tabToThe(page: Page, wanted: Locator, name: string) {
  await wanted.first().waitFor();
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    if (await hasFocus(wanted)) {
      const { outline, shadow, border } = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement ?? document.body);
        return { outline: style.outlineStyle, shadow: style.boxShadow, border: style.borderColor };
      });
      expect(outline !== 'none' || shadow !== 'none' || border !== '', `the focus on ${name} can be seen`).toBe(true);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to the ${name}`);
}

const hasFocus = async (wanted: Locator): Promise<boolean> => {
  for (const one of await wanted.all()) {
    if (await one.evaluate((element) => element === document.activeElement)) return true;
  }
  return false;
};

async function choose(page: Page, label: string, text: string) {
  await tabTo(page, 'combobox', label);
  await page.keyboard.type(text);
  await page.getByRole('option', { name: new RegExp(`^${text}\\b`) }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  const box = page.getByRole('combobox', { name: label, exact: true });
  // The first one may be highlighted already.
  for (let presses = 0; presses < 5; presses += 1) {
    const active = await box.getAttribute('aria-activedescendant');
    if (active && new RegExp(`^${text}\\b`).test(await page.locator(`[id="${active}"]`).innerText())) break;
    await page.keyboard.press(presses === 0 ? 'ArrowUp' : 'ArrowDown');
  }
  await page.keyboard.press('Enter');
}

test('a remote schema, a relationship and a query, by keys only', async () => {
  const { page, end } = await visit(browser);
  await page.goto(gateway.console);
  await tabTo(page, 'link', 'Remote Schemas');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Remote Schemas' }).waitFor();
  await tabTo(page, 'link', 'Add a remote schema');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Add a remote schema' }).waitFor();
  await tabTo(page, 'textbox', 'URL');
  await page.keyboard.type(orders.url);
  await tabTo(page, 'textbox', 'Name');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('orders');
  // Enter in a field asks the remote.
  await page.keyboard.press('Enter');
  await page.getByText(/^Connected in/).waitFor();
  await tabTo(page, 'button', 'Add remote schema');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor();

  await tabTo(page, 'link', 'Relationships');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/relationships');
  await tabTo(page, 'link', 'Add a new relationship');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'New relationship' }).waitFor();
  await choose(page, 'Source type', 'Order');
  await choose(page, 'Target remote schema', 'users');
  await choose(page, 'Target field', 'user');
  await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('user');
  await expect.poll(() => page.getByRole('list', { name: 'Checks' }).innerText()).toMatch(/It would be served/);
  await tabTo(page, 'button', 'Add Relationship');
  await page.keyboard.press('Enter');
  await page.getByRole('rowheader', { name: 'user', exact: true }).waitFor();

  await tabTo(page, 'link', 'API');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'API' }).waitFor();
  // The editor takes Tab for itself, so one enters it.
  const editor = page.getByRole('region', { name: 'Operation Editor' }).locator('.graphiql-editor');
  await tabToThe(page, editor, 'editor');
  await page.keyboard.press('Enter');
  await replaceText(page, '{ orders(limit: 2) { id user { name } } }');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => editorText(page, 'Result')).toMatch(/"user":/);
  await end();
});
