// The map of the graph page: relationships begun on it by mouse and by keys, nodes that stay where they were put, and its export.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { accessibilityFlaws, pictures, startBrowser, visit } from './browser';
import { type Filled, startFilled } from './filled';
import { pick } from './steps';

let browser: Browser;
let filled: Filled;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  [browser, filled] = await Promise.all([startBrowser(), startFilled()]);
});

afterAll(() => Promise.all([browser?.close(), filled?.stop()]));

const remoteBox = (page: Page, name: string) => page.getByLabel(`Remote schema ${name}`, { exact: true });
const typeOf = (page: Page, remote: string, type: string) => remoteBox(page, remote).getByRole('button', { name: type, exact: true });

async function openMap(page: Page) {
  await page.goto(`${filled.gateway.console}graph`);
  await remoteBox(page, 'users').waitFor();
}

async function showTypes(page: Page) {
  for (const remote of ['orders', 'users']) await page.getByRole('button', { name: `Types of ${remote}` }).click();
  await typeOf(page, 'users', 'User').waitFor();
}

async function middleOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('it is not shown');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drag(page: Page, from: Locator, to: Locator) {
  const start = await middleOf(from);
  const end = await middleOf(to);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 4 });
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
}

async function expectBuilder(page: Page, search: Record<string, string>) {
  await page.getByRole('heading', { level: 1, name: 'New relationship' }).waitFor();
  const { pathname, searchParams } = new URL(page.url());
  expect(pathname).toMatch(/\/schemas\/orders\/relationships\/new$/);
  expect(Object.fromEntries(searchParams)).toEqual(search);
  await expect.poll(() => page.getByRole('combobox', { name: 'Source type' }).inputValue()).toBe('Order');
}

test('dragging from a type or a field to a type leads to the builder, filled in', async () => {
  const { page, settled, end } = await visit(browser);
  for (const handle of ['from Order', 'Order.user']) {
    await openMap(page);
    await showTypes(page);
    await settled();
    await drag(page, remoteBox(page, 'orders').locator(`[data-handleid="${handle}"]`), typeOf(page, 'users', 'User'));
    await expectBuilder(page, { type: 'Order', target: 'users', field: 'user' });
    await page.getByRole('button', { name: 'Change the target field user' }).waitFor();
  }
  await end();
});

test('dragging to a remote schema whose types are not shown leads to the builder with that schema', async () => {
  const { page, settled, end } = await visit(browser);
  await openMap(page);
  await page.getByRole('button', { name: 'Types of orders' }).click();
  await typeOf(page, 'orders', 'Order').waitFor();
  await settled();
  await drag(page, remoteBox(page, 'orders').locator('[data-handleid="from Order"]'), remoteBox(page, 'users'));
  await expectBuilder(page, { type: 'Order', target: 'users' });
  await end();
});

test('by keys, a relationship starts at a type that is chosen', async () => {
  const { page, settled, end } = await visit(browser);
  await openMap(page);
  await page.getByRole('button', { name: 'Types of orders' }).focus();
  await page.keyboard.press('Enter');
  const order = typeOf(page, 'orders', 'Order');
  await order.waitFor();
  await settled();
  // The button that shows the types has kept the focus.
  await page.keyboard.press('Tab');
  await expect.poll(() => order.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await expect.poll(() => order.getAttribute('aria-pressed')).toBe('true');
  await settled();
  await page.screenshot({ path: join(pictures, 'map-type-light.png') });
  const flaws = await accessibilityFlaws(page);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await settled();
  await page.screenshot({ path: join(pictures, 'map-type-dark.png') });
  expect([...flaws, ...(await accessibilityFlaws(page))]).toEqual([]);
  await pick(page, 'Leads to', 'users');
  await page.getByRole('button', { name: 'Start a relationship from here' }).focus();
  await page.keyboard.press('Enter');
  await expectBuilder(page, { type: 'Order', target: 'users' });
  await end();
});

test('a node stays where it was put, by mouse and by keys, until positions are reset', async () => {
  const { page, settled, end } = await visit(browser);
  await openMap(page);
  await settled();
  const placeOf = (name: string) => remoteBox(page, name).evaluate((element) => element.style.transform);
  const [ordersAtFirst, usersAtFirst] = [await placeOf('orders'), await placeOf('users')];

  const { x, y } = await middleOf(remoteBox(page, 'orders').getByText('orders', { exact: true }));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 150, { steps: 6 });
  await page.mouse.up();
  await expect.poll(() => placeOf('orders')).not.toBe(ordersAtFirst);
  await remoteBox(page, 'users').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => placeOf('users')).not.toBe(usersAtFirst);
  const [orders, users] = [await placeOf('orders'), await placeOf('users')];

  await page.reload();
  await remoteBox(page, 'users').waitFor();
  await expect.poll(async () => [await placeOf('orders'), await placeOf('users')]).toEqual([orders, users]);
  await page.getByRole('button', { name: 'Reset positions' }).click();
  await expect.poll(async () => [await placeOf('orders'), await placeOf('users')]).toEqual([ordersAtFirst, usersAtFirst]);
  await page.reload();
  await remoteBox(page, 'users').waitFor();
  await expect.poll(() => placeOf('orders')).toBe(ordersAtFirst);

  // What something else has written there is no reason to show nothing.
  await page.evaluate(() => localStorage.setItem(`conjoin.map ${new URL('../', document.baseURI).href}`, '[["orders", "left"], 7'));
  await page.reload();
  await remoteBox(page, 'users').waitFor();
  await expect.poll(() => placeOf('orders')).toBe(ordersAtFirst);
  await end();
});

async function exported(page: Page, label: string): Promise<{ name: string; content: Buffer }> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: label }).click()]);
  return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
}

test.each(['light', 'dark'] as const)('the map is exported as SVG and as PNG in the %s theme', async (theme) => {
  const { page, end } = await visit(browser, { theme });
  await openMap(page);
  await showTypes(page);

  const svg = await exported(page, 'As SVG');
  expect(svg.name).toBe('map.svg');
  const drawn = await page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, 'image/svg+xml');
    const background = document.querySelector('rect')?.getAttribute('fill');
    return { root: document.documentElement.nodeName, width: Number(document.documentElement.getAttribute('width')), texts: [...document.querySelectorAll('text')].map((text) => text.textContent), background };
  }, svg.content.toString('utf8'));
  expect(drawn.root).toBe('svg');
  expect(drawn.texts).toEqual(expect.arrayContaining(['orders', 'users', 'Order', 'user', 'User']));
  expect(drawn.background).toBe(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));

  const png = await exported(page, 'As PNG');
  expect(png.name).toBe('map.png');
  const picture = await page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: new Uint8ClampedArray() };
    const colours = new Set<number>();
    for (let pixel = 0; pixel < data.length; pixel += 4) colours.add(((data[pixel] ?? 0) << 16) | ((data[pixel + 1] ?? 0) << 8) | (data[pixel + 2] ?? 0));
    return { width: image.width, nColours: colours.size };
  }, png.content.toString('base64'));
  expect(picture.width).toBe(2 * drawn.width);
  // A picture in which nothing was drawn has one.
  expect(picture.nColours).toBeGreaterThan(10);
  await end();
});
