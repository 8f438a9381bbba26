/** A gallery in Chromium, under software rendering: the time to its first pictures, and how it scrolls. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findStalls, type Stalls, TRACED } from './trace';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const VIEWPORT = { width: 1_280, height: 800 };
const TIMEOUT_MS = 60_000;
/** A wheel that is turned fast: so many pixels, so often. */
const WHEEL_PX = 400;
const WHEEL_INTERVAL_MS = 60;
const SCROLL_MS = 20_000;
const MAX_LOAD_MS = 300_000;

export interface Opened {
  /** From the navigation to the first picture that is drawn, in ms. */
  readonly firstPictureMs: number;
  /** To the last one of the first screen. */
  readonly firstScreenMs: number;
}

export interface Scrolled extends Stalls {
  /** Pictures that were on the screen and not drawn when the scrolling ended, after a second. */
  readonly missing: number;
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** Opens a page of the dashboard in a session of its own, as a browser that has signed in. */
export async function openSignedIn(browser: Browser, url: string, token: string): Promise<Page> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  await page.goto(`${url}/dashboard`);
  await page.getByLabel('API token').fill(token);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

/** Runs in the page. Times begin with the navigation. */
const WATCH_PICTURES = `new Promise((resolve) => {
  let first = 0;
  const look = () => {
    const shown = [...document.querySelectorAll('.grid img')].filter((img) => {
      const { top, bottom } = img.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    });
    const drawn = shown.filter((img) => img.complete && img.naturalWidth > 0);
    if (drawn.length > 0 && first === 0) first = performance.now();
    if (drawn.length > 0 && drawn.length === shown.length) resolve({ first, all: performance.now() });
    else requestAnimationFrame(look);
  };
  look();
})`;

export async function openGallery(page: Page, address: string): Promise<Opened> {
  await page.goto(address, { waitUntil: 'commit' });
  // The tiles are below the facts of the batch: a taller screen shows them without a scroll.
  const { first, all } = (await page.evaluate(WATCH_PICTURES)) as { readonly first: number; readonly all: number };
  return { firstPictureMs: first, firstScreenMs: all };
}

/** Turns the wheel, first in this direction and then back, while the browser traces. */
export async function scroll(browser: Browser, page: Page, first: 'down' | 'up'): Promise<Scrolled> {
  await page.mouse.move(VIEWPORT.width / 2, VIEWPORT.height / 2);
  await browser.startTracing(page, { categories: [...TRACED] });
  const begun = Date.now();
  while (Date.now() - begun < SCROLL_MS) {
    const isDown = Date.now() - begun < SCROLL_MS * 0.7 === (first === 'down');
    await page.mouse.wheel(0, isDown ? WHEEL_PX : -WHEEL_PX);
    await sleep(WHEEL_INTERVAL_MS);
  }
  const stalls = findStalls(await browser.stopTracing());
  await sleep(1_000);
  const missing = Number(await page.evaluate(COUNT_MISSING));
  return { ...stalls, missing };
}

const COUNT_MISSING = `[...document.querySelectorAll('.grid li')].filter((tile) => {
  const { top, bottom } = tile.getBoundingClientRect();
  const img = tile.querySelector('img');
  const isPicture = !tile.innerText.includes('MODEL_ERROR');
  return isPicture && bottom > 0 && top < innerHeight && !(img && img.complete && img.naturalWidth > 0);
}).length`;

/** Jumps to the end until the last item is there. Returns the time, in ms. */
export async function loadAll(page: Page, lastKey: string): Promise<number> {
  const begun = Date.now();
  const last = page.locator('.tile-key', { hasText: lastKey });
  while ((await last.count()) === 0) {
    if (Date.now() - begun > MAX_LOAD_MS) return Number.POSITIVE_INFINITY;
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await sleep(100);
  }
  return Date.now() - begun;
}
