/** Debian's Chromium, driven by Playwright. */
import { existsSync } from 'node:fs';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { tempFolder } from '../support/temp-folder';

/** Installed by `.ci/install-tools`. */
const CHROMIUM = '/usr/bin/chromium';
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
/** A slow machine that runs other tests, in ms. */
const TIMEOUT_MS = 60_000;

/** `describe`, or `describe.skip` where there is no Chromium. */
export const describeInBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS], tracesDir: tempFolder() });
}

export interface WatchedPage {
  readonly page: Page;
  /** What the console and the page reported as errors. */
  readonly errors: string[];
  /** Requests to other hosts. */
  readonly foreign: string[];
}

type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

export async function openPage(browser: Browser, url: string, options: ContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  return watchPage(context, url);
}

async function watchPage(context: BrowserContext, url: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  // An answer that refuses is reported as an error, too.
  page.on('console', (one) => {
    if (one.type() === 'error' && !one.text().startsWith('Failed to load resource')) errors.push(one.text());
  });
  const { origin } = new URL(url);
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) foreign.push(request.url());
  });
  // Without a listener no chooser is intercepted, and a key that is pressed right after one is added may come first.
  page.on('filechooser', () => undefined);
  await page.goto(url);
  return { page, errors, foreign };
}

/** What axe finds serious or critical, as `rule: element`. */
export async function findAxeProblems(page: Page): Promise<readonly string[]> {
  // Scripts of the test are not bound by the policy of the page.
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
