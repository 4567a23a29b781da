// Debian's Chromium, and what every page of the tests is held to: no request to anything but loopback, no error in its log, nothing
// that its policy forbids, nothing thrown.
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, type Page, type Request, chromium } from 'playwright-core';
import { expect, onTestFailed } from 'vitest';

export type Theme = 'light' | 'dark';

/** Where pictures of pages are kept: of those that are to be looked at, and of those at which a test failed. */
export const pictures = join(import.meta.dirname, 'pictures');

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long nothing has to happen; longer than the pages wait for somebody who is typing. */
const QUIET_MS = 400;

/** Rules of WCAG 2.2 at levels A and AA. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium', args: FLAGS });
}

export interface Visit {
  page: Page;
  /** Complaints about the page so far. */
  complaints: string[];
  /** Errors of the log that a test causes on purpose: a gateway that is gone, a request that is refused. */
  expectErrors: (pattern: RegExp) => void;
  /** Waits until nothing is asked or loaded any more. */
  settled: () => Promise<void>;
  /** Closes the page, and fails if there are complaints. */
  end: () => Promise<void>;
}

interface VisitOptions {
  theme?: Theme;
  width?: number;
  height?: number;
}

/** A page of a browser that knows nothing yet. */
export async function visit(browser: Browser, { theme = 'light', width = 1360, height = 900 }: VisitOptions = {}): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const complaints: string[] = [];
  const expected: RegExp[] = [];
  const complain = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  await context.route('**/*', async (route) => {
    const { hostname, protocol } = new URL(route.request().url());
    const isOurs = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) || ['data:', 'blob:'].includes(protocol);
    if (isOurs) return route.continue();
    complaints.push(`a request left the machine: ${route.request().url()}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`error in the log: ${message.text()}`);
    else if (/content.security.policy/i.test(message.text())) complain(message.text());
  });
  page.on('pageerror', (error) => complain(`thrown: ${error.message}`));
  page.setDefaultTimeout(15_000);
  // The stream of events is open for as long as the page is, and that the script of a worker has arrived is not always told.
  const isCounted = (request: Request) => !/\/v1\/events|\.worker-/.test(request.url());
  const open = new Set<Request>();
  let lastChange = Date.now();
  const change = (request: Request, isOpen: boolean) => {
    if (!isCounted(request)) return;
    if (isOpen) open.add(request);
    else open.delete(request);
    lastChange = Date.now();
  };
  page.on('request', (request) => change(request, true));
  page.on('requestfinished', (request) => change(request, false));
  page.on('requestfailed', (request) => change(request, false));
  onTestFailed(async ({ task }) => {
    if (!page.isClosed()) await page.screenshot({ path: join(pictures, `failed-${task.name.replaceAll(/\W+/g, '-')}.png`) });
    await context.close();
  });
  return {
    page,
    complaints,
    expectErrors: (pattern) => expected.push(pattern),
    settled: async () => {
      await expect.poll(() => [...open].map((request) => request.url()), { message: 'what is still being asked' }).toEqual([]);
      await expect.poll(() => Date.now() - lastChange, { message: 'how long nothing was asked' }).toBeGreaterThan(QUIET_MS);
      await page.waitForFunction(() => document.querySelector('[class*=spinner], [class*=skeleton]') === null);
      await page.evaluate(() => document.fonts.ready);
      // A theme that is changed takes a moment to fade in.
      await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
    },
    end: async () => {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

/** What axe has against the page, in words. */
export async function accessibilityFlaws(page: Page, exclude: string[] = []): Promise<string[]> {
  // Evaluated, not added to the page, whose policy allows no script but its own.
  await page.evaluate(axe.source);
  return page.evaluate(
    async ([rules, excluded]) => {
      const { axe: check } = globalThis as unknown as { axe: typeof import('axe-core') };
      const context = { include: [['body']], exclude: excluded.map((selector) => [selector]) };
      const { violations } = await check.run(context, { runOnly: { type: 'tag', values: rules } });
      return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`));
    },
    [RULES, exclude] as const,
  );
}
