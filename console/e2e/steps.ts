// What a person does in several tests, by the labels that a person sees.
import type { Page } from 'playwright-core';

/** From the list of remote schemas: adds one by its URL. */
export async function addRemoteSchema(page: Page, name: string, url: string) {
  await page.getByRole('link', { name: 'Add a remote schema' }).first().click();
  await page.getByLabel('URL', { exact: true }).fill(url);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText(/^Connected in \d+ ms$/).waitFor();
  await page.getByRole('button', { name: 'Add remote schema' }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Chooses in a box with suggestions or in a list, by its label. */
export async function pick(page: Page, label: string, option: string | RegExp) {
  const box = page.getByRole('combobox', { name: label }).first();
  await box.click();
  if (typeof option === 'string' && (await box.evaluate((element) => element instanceof HTMLInputElement))) await box.fill(option);
  const name = typeof option === 'string' ? new RegExp(`^${option}\\b`) : option;
  await page.getByRole('option', { name }).first().click();
}

/** Puts a query into the editor of the API page and runs it. */
export async function runQuery(page: Page, query: string) {
  const editor = page.getByRole('textbox', { name: /query|operation|editor content/i }).first();
  await editor.waitFor({ state: 'attached' });
  await editor.focus();
  await replaceText(page, query);
  await page.keyboard.press('Control+Enter');
}

/** Writes into the editor that has the focus, in place of what is there. */
export async function replaceText(page: Page, text: string) {
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  // As one paste: typing would bring up suggestions and closing brackets.
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await page.keyboard.press('Control+V');
}

/** What an editor of the API page shows; only the lines that are in view. */
export async function editorText(page: Page, section: string): Promise<string> {
  const lines = page.getByRole('region', { name: new RegExp(section, 'i') }).locator('.view-lines');
  return (await lines.allInnerTexts()).join('\n').replaceAll('\u00a0', ' ');
}
