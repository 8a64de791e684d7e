/** A real Chromium, headless, for tests of pages; where there is none they are skipped. */

import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';

const PATH = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Whether there is a Chromium. */
export const hasChromium = PATH !== undefined;

/** For the titles of tests that need it. */
export const chromiumNote = hasChromium ? '' : ' (skipped: there is no chromium)';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** A page that is open, with what went wrong in it and what it asked for. */
export interface OpenPage {
  readonly page: Page;
  /** Console messages and uncaught errors. */
  readonly said: readonly string[];
  /** Addresses of all requests, the page's own among them. */
  readonly requests: readonly string[];
}

/** Opens pages in tests, each until its test ends, all in one browser, which closes after the tests of the file. */
export function browserForTests(): (path: string, options?: BrowserContextOptions) => Promise<OpenPage> {
  let starting: Promise<Browser> | undefined;
  afterAll(async () => (await starting)?.close());
  return async (path, options = {}) => {
    starting ??= chromium.launch({ executablePath: PATH!, args: ARGUMENTS });
    const context = await (await starting).newContext({ viewport: { width: 1280, height: 900 }, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const said: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`file://${path}`);
    return { page, said, requests };
  };
}
