/** The dashboard in a real browser, with a real Temporal server, worker and emulator. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Api } from '../../gateway';
import { toPlainToken } from '../../gateway/api/access/api-token';
import { startTestApi, TOKEN } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { describeInBrowser, findAxeProblems, openPage, startBrowser, type WatchedPage } from './browser';

const WIDTH = 'document.documentElement.scrollWidth';
const HTML = '<img src=x onerror="window.wasRun=1">';
const row = (key: string, prompt: string) => ({ key, prompt, width: 32, height: 32 });
const rows = (count: number, prompt: (index: number) => string) =>
  Array.from({ length: count }, (_one, index) => row(`k${index}`, prompt(index)));

describeInBrowser('the dashboard', () => {
  let rig: Rig;
  let api: Api;
  let browser: Browser;
  const opened: WatchedPage[] = [];

  const open = async (path: string, options: Parameters<typeof openPage>[2] = {}) => {
    const watched = await openPage(browser, `${api.url}${path}`, options);
    opened.push(watched);
    return watched.page;
  };
  const signIn = async (page: Page) => {
    await page.getByLabel('API token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  };
  const openSignedIn = async (path: string, options: Parameters<typeof openPage>[2] = {}) => {
    const page = await open(path, options);
    await signIn(page);
    return page;
  };

  beforeAll(async () => {
    rig = await startRig({ emulator: { jobTime: { medianMs: 400, sigma: 0 } } });
    api = await startTestApi(rig, { dashboard: { temporalUi: 'http://127.0.0.1:1' } });
    browser = await startBrowser();
    const failing = await rig.client.startBatch({
      id: 'failing',
      rows: rows(12, (index) => (index % 3 === 0 ? `bad ${index} {{MODEL_ERROR}}` : `good ${index}`)),
    });
    await failing.result();
  });
  afterEach(() => {
    expect(opened.flatMap(({ errors }) => errors)).toEqual([]);
    expect(opened.flatMap(({ foreign }) => foreign)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await rig.close();
  });

  test('a wrong token is explained, the right one signs in, and signing out ends the session', async () => {
    const page = await open('/dashboard/batches/failing');
    await page.getByLabel('API token').fill('a-token-of-another-gateway');
    await page.keyboard.press('Enter');
    await page.getByText('the token is not one of the gateway').waitFor();
    await signIn(page);
    // The page that the address names is still meant.
    await page.getByRole('heading', { name: 'failing' }).waitFor();
    expect(page.url()).toBe(`${api.url}/dashboard/batches/failing`);
    expect(await page.evaluate('document.cookie + localStorage.length + sessionStorage.length')).toBe('00');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API token').waitFor();
    await page.reload();
    await page.getByLabel('API token').waitFor();
  });

  test('a batch is watched, paused and resumed while it runs', async () => {
    await rig.client.startBatch({ id: 'live', rows: rows(200, (index) => `live ${index}`), concurrency: 2 });
    const page = await openSignedIn('/dashboard');
    await page.getByRole('link', { name: 'live' }).click();
    const state = page.locator('.state');
    await until('it has results', async () => (await page.locator('.legend').innerText()).includes('succeeded'));
    const findFill = (standing: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('.bar .fill-${standing}')).backgroundImage`);
    expect(await findFill('running')).toContain('gradient');
    expect(await findFill('succeeded')).toBe('none');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused on request').waitFor();
    expect(await state.innerText()).toBe('paused');
    expect((await rig.client.batch('live').status()).state).toBe('paused');
    const resume = page.locator('.notice').getByRole('button', { name: 'Resume' });
    await resume.click();
    await until('it runs', async () => (await state.innerText()) === 'running');
    await page.getByRole('button', { name: 'Limits' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Jobs in flight').fill('64');
    await dialog.getByLabel('Failures').fill('many');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.getByRole('alert').getByText('maxFailures').waitFor();
    await dialog.getByLabel('Failures').fill('');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.waitFor({ state: 'detached' });
    await until('it has ended', async () => (await state.innerText()) === 'completed');
    const parts = await page.locator('.legend li b').allInnerTexts();
    expect(parts).toEqual(['200', '200']);
  });

  test('failures are explained, and run again after a look at what is paid; by keyboard alone', async () => {
    const page = await openSignedIn('/dashboard');
    await page.keyboard.press('/');
    await page.keyboard.type('fail');
    await until('it is found', async () => (await page.locator('[data-row]').allInnerTexts()).join() === 'failing');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('.failures code').waitFor();
    expect(await page.locator('.failures').innerText()).toMatch(/^4\nMODEL_ERROR\n/);
    const again = page.getByRole('button', { name: 'Run these again' });
    await again.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('4 items run again, with 4 paid submissions').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const before = rig.emulator.ledger().submits;
    await again.focus();
    await page.keyboard.press('Enter');
    await dialog.getByText('4 items run again').waitFor();
    for (let presses = 0; presses < 5; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await page.locator(':focus').innerText()) === 'Run again') break;
    }
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await until('it was submitted', () => rig.emulator.ledger().submits >= before + 4);
    await until('it has ended', async () => (await page.locator('.state').innerText()) === 'completed');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
  });

  test('a hold is shown with its reason and resumed; a reason with HTML is text', async () => {
    const page = await openSignedIn('/dashboard/account');
    await page.getByRole('button', { name: 'Hold the account' }).waitFor();
    await rig.client.account().hold(HTML);
    await page.getByText(HTML).waitFor();
    expect(await page.evaluate('"wasRun" in window')).toBe(false);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Hold the account' }).waitFor();
    await page.getByRole('button', { name: 'Limits' }).click();
    await page.getByLabel('Budget of a day, in submissions').fill('100000');
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByText('of 100,000').waitFor();
    expect((await rig.client.account().status()).hold).toBeNull();
  });

  describe('results', () => {
    const csv = (count: number) =>
      ['key,prompt,width,height,note', ...Array.from({ length: count }, (_one, index) => toLine(index))].join('\n');
    const toLine = (index: number) =>
      `p${String(index).padStart(3, '0')},picture ${index},64,64,"${HTML.replaceAll('"', '""')} ${index}"`;

    beforeAll(async () => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/csv' };
      const started = await fetch(`${api.url}/v1/batches?id=pictures`, { method: 'POST', headers, body: csv(150) });
      expect(started.status).toBe(202);
    });

    test('pictures arrive while the batch runs; only those on the screen are drawn', async () => {
      const page = await openSignedIn('/dashboard/batches/pictures');
      const tiles = page.locator('.tile img');
      await until('the first is there', async () => (await tiles.count()) > 0);
      await until('it has ended', async () => (await page.locator('.state').innerText()) === 'completed');
      const height = () => page.evaluate('document.querySelector(".grid").offsetHeight');
      await until('all are counted', async () => Number(await height()) >= Math.ceil(150 / 7) * 190);
      expect(await page.locator('.tile').count()).toBeLessThan(100);
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await page.getByRole('button', { name: 'p149 succeeded' }).waitFor();
      const isWhole = 'Array.from(document.querySelectorAll(".tile img")).every((img) => img.naturalWidth === 64)';
      await until('they are decoded', async () => (await page.evaluate(isWhole)) === true);
      expect(await findAxeProblems(page)).toEqual([]);
    });

    test('an item is found by its value and opened by keyboard; HTML in a value is text', async () => {
      const page = await openSignedIn('/dashboard/batches/pictures');
      await page.locator('.tile').first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('wasRun=1"> 77');
      await until('it is found', async () => (await page.locator('.tile-key').allInnerTexts()).join() === 'p077');
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByText(`${HTML} 77`).waitFor();
      await until('it is shown in full', async () => {
        return (await page.evaluate('document.querySelector("dialog img").naturalWidth')) === 64;
      });
      expect(await findAxeProblems(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await page.evaluate('"wasRun" in window')).toBe(false);
    });

    test('a result that is SVG or HTML with the name of a picture is neither shown nor run', async () => {
      const folder = path.join(rig.store, 'batches', 'pictures', 'items');
      const names = readdirSync(folder);
      const texts = [
        '<svg xmlns="http://www.w3.org/2000/svg"><script>top.wasRun=1</script></svg>',
        `<!doctype html>${HTML}`,
      ];
      texts.forEach((text, index) => {
        const file = path.join(folder, names.find((name) => name.startsWith(`p01${index}.`)) ?? '');
        const bytes = readFileSync(file);
        writeFileSync(file, Buffer.from(text.padEnd(bytes.length)));
      });
      rmSync(path.join(rig.store, 'thumbnails'), { recursive: true });
      const page = await openSignedIn('/dashboard/batches/pictures');
      for (const key of ['p010', 'p011']) {
        const tile = page.getByRole('button', { name: `${key} succeeded` });
        await tile.getByText('Picture').waitFor();
        await tile.click();
        await page.getByRole('dialog').getByRole('img').waitFor({ state: 'attached' });
        await page.keyboard.press('Escape');
        // Opened as a page of its own, it is downloaded.
        const download = page.waitForEvent('download');
        await page.goto(`${api.url}/v1/batches/pictures/items/${key}/files/result`).catch(() => undefined);
        expect((await download).suggestedFilename()).toMatch(/\.(webp|png|jpg)$/);
      }
      expect(await page.evaluate('"wasRun" in window')).toBe(false);
    });
  });

  describe('a start', () => {
    const WRONG = 'key,prompt,width,height\na,one,32,32\nb,two,x,32\na,three,32,32\n';
    const RIGHT = 'key,prompt,width,height\na,one,32,32\nb,two,32,32\n';
    const drop = async (page: Page, name: string, text: string) => {
      const give = `(() => {
        const given = new DataTransfer();
        given.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
        return given;
      })()`;
      await page.dispatchEvent('.drop', 'drop', { dataTransfer: await page.evaluateHandle(give) });
    };

    test('a dropped file shows every problem by its line; corrected, it starts after a look at the price', async () => {
      const page = await openSignedIn('/dashboard');
      await page.getByRole('link', { name: 'Start', exact: true }).click();
      await drop(page, 'rows.csv', WRONG);
      const problems = page.locator('.findings tbody tr');
      await problems.first().waitFor();
      expect(await problems.allInnerTexts()).toMatchObject(
        [/^3\s+b\s+width is "x"/, /^4\s+a\s+key is "a", which line 2/].map((one) => expect.stringMatching(one)),
      );
      const start = page.getByRole('button', { name: /^Start with/ });
      expect(await start.isDisabled()).toBe(true);
      expect(await findAxeProblems(page)).toEqual([]);
      await drop(page, 'rows.csv', RIGHT);
      await problems.first().waitFor({ state: 'detached' });
      await page.getByLabel('Price of generate/image').fill('0.25');
      await page.locator('.facts').getByText('0.5', { exact: true }).waitFor();
      await page.getByLabel('Id').fill('from-a-file');
      const before = rig.emulator.ledger().submits;
      await page.getByRole('button', { name: 'Start with 2 paid submissions' }).click();
      await page.getByRole('heading', { name: 'from-a-file' }).waitFor();
      await until('it has ended', async () => (await page.locator('.state').innerText()) === 'completed');
      expect(rig.emulator.ledger().submits).toBe(before + 2);
    });

    test('a file that has no rows, and an id that is taken, are explained', async () => {
      const page = await openSignedIn('/dashboard/start');
      await page.getByLabel('Files').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
      await page.getByText('None of the files has rows').waitFor();
      await page.getByLabel('Files').setInputFiles({ name: 'r.csv', mimeType: 'text/csv', buffer: Buffer.from(RIGHT) });
      await page.getByLabel('Id').fill('failing');
      await page.getByRole('button', { name: 'Start with 2 paid submissions' }).click();
      await page.getByRole('alert').getByText('another id').waitFor();
      expect(page.url()).toBe(`${api.url}/dashboard/start`);
      await drop(page, 'rows.csv', WRONG);
      await page.locator('.findings').waitFor();
      await page.setViewportSize({ width: 360, height: 800 });
      expect(await page.evaluate(WIDTH)).toBeLessThanOrEqual(360);
    });

    test('a session that may only look is offered no start', async () => {
      const tokens = [{ ...toPlainToken(TOKEN), role: 'read' as const }];
      const other = await startTestApi(rig, { tokens, dashboard: { temporalUi: null } });
      const watched = await openPage(browser, `${other.url}/dashboard/start`);
      await signIn(watched.page);
      await watched.page.getByText('This session may not start batches').waitFor();
      expect(await watched.page.getByRole('link', { name: 'Start', exact: true }).count()).toBe(0);
    });
  });

  test('a gateway that stops is reported, and the page continues when it is back', async () => {
    const port = Number(new URL(api.url).port);
    const page = await openSignedIn('/dashboard');
    await page.getByRole('link', { name: 'failing' }).waitFor();
    await api.close();
    await page.getByText('The gateway does not answer').waitFor();
    expect(await page.getByRole('link', { name: 'failing' }).isVisible()).toBe(true);
    api = await startTestApi(rig, { port, dashboard: { temporalUi: 'http://127.0.0.1:1' } });
    // Sessions end with their gateway.
    await page.getByLabel('API token').waitFor();
    await signIn(page);
    await page.getByRole('link', { name: 'failing' }).waitFor();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    const page = await open('/dashboard', { colorScheme });
    expect(await findAxeProblems(page)).toEqual([]);
    await signIn(page);
    await page.getByRole('link', { name: 'failing' }).waitFor();
    expect(await findAxeProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'failing' }).click();
    await page.locator('.failures').waitFor();
    expect(await findAxeProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Run these again' }).click();
    await page.getByRole('dialog').getByText('items run again').waitFor();
    expect(await findAxeProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByRole('heading', { name: 'Account' }).waitFor();
    expect(await findAxeProblems(page)).toEqual([]);
  });

  test.each([
    ['reduce', false],
    ['no-preference', true],
  ] as const)('with the preference %s for motion, something moves: %s', async (reducedMotion, moves) => {
    const page = await openSignedIn('/dashboard/batches/failing', { reducedMotion });
    await page.locator('.bar-part').first().waitFor();
    const moving = `Array.from(document.querySelectorAll('*')).filter((one) => {
      const { transitionDuration, animationName } = getComputedStyle(one);
      return transitionDuration !== '0s' || animationName !== 'none';
    }).length`;
    expect(Number(await page.evaluate(moving)) > 0).toBe(moves);
  });

  test.each([360, 768, 2560])('nothing is wider than a screen of %d pixels', async (width) => {
    const page = await openSignedIn('/dashboard', { viewport: { width, height: 800 } });
    for (const ready of ['failing', 'Account']) {
      await page.getByRole('link', { name: ready }).click();
      await page.locator('.facts').waitFor();
      expect(await page.evaluate(WIDTH)).toBeLessThanOrEqual(width);
      await page.getByRole('link', { name: 'ImagePipeline' }).click();
      await page.getByRole('link', { name: 'failing' }).waitFor();
      expect(await page.evaluate(WIDTH)).toBeLessThanOrEqual(width);
    }
  });
});
