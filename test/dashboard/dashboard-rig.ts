/** A server, a worker, the emulator, a gateway with its dashboard, and a browser. */
import type { Browser, Page } from 'playwright-core';
import type { Api } from '../../gateway';
import { startTestApi, TOKEN } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { openPage, startBrowser, type WatchedPage } from './browser';

type PageOptions = NonNullable<Parameters<typeof openPage>[2]>;
type RigOptions = NonNullable<Parameters<typeof startRig>[0]>;

export interface DashboardRig {
  readonly rig: Rig;
  readonly api: Api;
  open(path: string, options?: PageOptions): Promise<Page>;
  openSignedIn(path: string, options?: PageOptions): Promise<Page>;
  /** What the pages have reported: errors, and requests to other hosts. */
  findings(): readonly string[];
  close(): Promise<void>;
}

export async function startDashboardRig(options: RigOptions = {}): Promise<DashboardRig> {
  const rig = await startRig({ emulator: { jobTime: { medianMs: 400, sigma: 0 } }, ...options });
  const api = await startTestApi(rig, { dashboard: { temporalUi: 'http://127.0.0.1:1' } });
  const browser: Browser = await startBrowser();
  const opened: WatchedPage[] = [];
  const open = async (path: string, given: PageOptions = {}) => {
    const watched = await openPage(browser, `${api.url}${path}`, given);
    opened.push(watched);
    return watched.page;
  };
  return {
    rig,
    api,
    open,
    openSignedIn: async (path, given) => {
      const page = await open(path, given);
      await signIn(page);
      return page;
    },
    findings: () => opened.flatMap(({ errors, foreign }) => [...errors, ...foreign]),
    close: async () => {
      await browser.close();
      await api.close();
      await rig.close();
    },
  };
}

export async function signIn(page: Page, token = TOKEN): Promise<void> {
  await page.getByLabel('API token').fill(token);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** More than any page has. */
const MAX_TABS = 120;

const FOCUSED = `(() => {
  const { activeElement: one } = document;
  const name = (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '').trim();
  return { name, outline: getComputedStyle(one).outlineStyle };
})()`;

/** Presses Tab until an element with this name has the focus, which must be seen. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < MAX_TABS; presses += 1) {
    await page.keyboard.press('Tab');
    const focused: { readonly name: string; readonly outline: string } = await page.evaluate(FOCUSED);
    seen.push(focused.name);
    if (typeof name === 'string' ? focused.name !== name : !name.test(focused.name)) continue;
    expect(focused).not.toEqual({ name: focused.name, outline: 'none' });
    return;
  }
  throw new Error(`no Tab leads to ${String(name)}, only to: ${[...new Set(seen)].join(' | ')}`);
}

/** Chooses a file with the element that has the focus. */
export async function chooseByKeyboard(page: Page, files: Parameters<Page['setInputFiles']>[1]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  await (await chooser).setFiles(files);
}

/** Elements that reach beyond a screen of this width, in pixels; none if the page is not wider. */
export async function findWider(page: Page, width: number): Promise<unknown> {
  return page.evaluate(`document.documentElement.scrollWidth <= ${width} ? [] :
    Array.from(document.querySelectorAll('body *'))
      .filter((one) => one.getBoundingClientRect().right > ${width})
      .map((one) => one.tagName + ' ' + one.className + ' ' + Math.round(one.getBoundingClientRect().right))`);
}
