/** The items of a batch in a real browser: what was asked, before and after, runs, changes; and everything by keyboard alone. */
import type { Page } from 'playwright-core';
import { drawPhoto } from '../support/file-server';
import type { Rig } from '../support/rig';
import { until } from '../support/until';
import { describeInBrowser, findAxeProblems } from './browser';
import { type DashboardRig, startDashboardRig, tabTo } from './dashboard-rig';

const HTML = '<img src=x onerror="window.wasRun=1">';
const ADDRESS = 'https://example.com/logo.png?signature=abcdef';
const image = (prompt: string) => ({ prompt, width: 32, height: 32 });

describeInBrowser('the items of a batch', () => {
  let dashboard: DashboardRig;
  let rig: Rig;

  const openSignedIn: DashboardRig['openSignedIn'] = (path, options) => dashboard.openSignedIn(path, options);
  const submits = () => rig.emulator.ledger().submits;
  const hasEnded = (page: Page) =>
    until('it has ended', async () => (await page.locator('.state').innerText()) === 'completed');

  beforeAll(async () => {
    dashboard = await startDashboardRig();
    rig = dashboard.rig;
    const match = { promptIncludes: 'an answer that is lost' };
    rig.emulator.script({ match, times: 1, then: { on: 'submit', fault: 'reset-after-accept' } });
    const batch = await rig.client.startBatch({
      id: 'pictures',
      rows: [
        { key: 'html', ...image(HTML), logo_url: ADDRESS, note: HTML },
        { key: 'large', operation: 'upscale/image', input_image: await drawPhoto(), scale: 2 },
        { key: 'lost', ...image('an answer that is lost') },
        { key: 'wrong', ...image('{{INPUT_INVALID}}') },
      ],
    });
    await batch.result();
  });
  afterEach(() => {
    expect(dashboard.findings()).toEqual([]);
  });
  afterAll(() => dashboard.close());

  const openItem = async (page: Page, key: string) => {
    const tile = page.getByRole('button', { name: new RegExp(`^${key} `) });
    // Only tiles on the screen are drawn.
    await until('it is drawn', async () => {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      return (await tile.count()) > 0;
    });
    await tile.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Runs and submissions' }).waitFor();
    await dialog.getByRole('table', { name: 'Runs of the item' }).waitFor();
    return dialog;
  };

  test('the input is beside the result; one that is not in the store is said to be, and HTML is text', async () => {
    const page = await openSignedIn('/dashboard/batches/pictures');
    const large = await openItem(page, 'large');
    const widths = 'Array.from(document.querySelectorAll("dialog .before-after img")).map((one) => one.naturalWidth)';
    await until('both are decoded', async () => {
      const [before = 0, after = 0] = (await page.evaluate(widths)) as readonly number[];
      return before > 0 && after === before * 2;
    });
    expect(await large.getByRole('img', { name: 'Input input_image of large' }).count()).toBe(1);
    expect(await findAxeProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    const dialog = await openItem(page, 'html');
    await dialog.getByText('It is not in the store, so it is not shown.').waitFor();
    expect(await dialog.innerText()).not.toContain('abcdef');
    expect(await dialog.getByText(HTML, { exact: true }).count()).toBe(2);
    const history = dialog.getByRole('link', { name: 'Temporal UI' });
    expect(await history.getAttribute('href')).toMatch(
      /^http:\/\/127\.0\.0\.1:1\/.*\/workflows\/pictures%2Fpage-000000$/,
    );
    expect(await page.evaluate('"wasRun" in window')).toBe(false);
  });

  test('a change that is wrong is explained at its field; nothing is sent before its price was shown', async () => {
    const page = await openSignedIn('/dashboard/batches/pictures');
    const dialog = await openItem(page, 'html');
    const before = submits();
    await dialog.getByRole('button', { name: 'Run again with changes' }).click();
    await dialog.getByRole('button', { name: 'Look at what is paid' }).click();
    await dialog.getByText('Nothing is changed yet').waitFor();
    await dialog.locator('#field-width').fill('99999');
    await dialog.locator('#field-prompt').fill('');
    await dialog.getByRole('button', { name: 'Look at what is paid' }).click();
    const alerts = dialog.getByRole('alert');
    await alerts.first().waitFor();
    expect((await alerts.allInnerTexts()).map((text) => text.trim()).sort()).toEqual([
      expect.stringMatching(/^is 99999; must be a whole number from 1 to 1024\.$/),
      expect.stringMatching(/^is missing; must be a text/),
    ]);
    expect(await findAxeProblems(page)).toEqual([]);
    await dialog.locator('#field-width').fill('64');
    await dialog.locator('#field-prompt').fill(`${HTML} again`);
    await dialog.getByRole('button', { name: 'Look at what is paid' }).click();
    await dialog.getByText('1 item run again, with 1 paid submission.').waitFor();
    await dialog.getByText('Another one is paid again').waitFor();
    expect(submits()).toBe(before);
    // What was filled in is still there.
    await dialog.getByRole('button', { name: 'Back' }).click();
    expect(await dialog.locator('#field-width').inputValue()).toBe('64');
    await dialog.getByRole('button', { name: 'Look at what is paid' }).click();
    await dialog.getByText('1 paid submission').waitFor();
    await dialog.getByRole('button', { name: 'Run again', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await until('it was submitted', () => submits() === before + 1);
    await hasEnded(page);
    const again = await openItem(page, 'html');
    await again.getByText(`${HTML} again`, { exact: true }).waitFor();
    await again.getByText('prompt, width').waitFor();
    expect(await again.locator('tbody tr').count()).toBe(2);
    await page.keyboard.press('Escape');
    const runs = page.getByRole('region', { name: 'Runs' }).locator('tbody tr');
    await until('the runs are listed', async () => (await runs.count()) === 2);
    expect(await runs.nth(1).innerText()).toMatch(/2 Redrive[\s\S]*1 item run again[\s\S]*1\s+1\s+0\s+0\s+0/);
    expect(await page.evaluate('"wasRun" in window')).toBe(false);
  });

  test('an item that may have been paid is run again only if that is allowed', async () => {
    const page = await openSignedIn('/dashboard/batches/pictures');
    const dialog = await openItem(page, 'lost');
    const before = submits();
    await dialog.getByRole('button', { name: 'Run again…' }).click();
    await dialog.getByText('may have been paid already').waitFor();
    await dialog.getByText('1 item of unknown outcome are left as they are').waitFor();
    const start = dialog.getByRole('button', { name: 'Run again', exact: true });
    expect(await start.isDisabled()).toBe(true);
    await dialog.getByLabel('Each of them may be paid twice').check();
    await dialog.getByText('1 item may be paid twice').waitFor();
    expect(submits()).toBe(before);
    await start.click();
    await dialog.waitFor({ state: 'detached' });
    await until('it was submitted', () => submits() === before + 1);
    await hasEnded(page);
  });

  test('everything of a batch by keyboard alone', async () => {
    await rig.client.startBatch({
      id: 'keys',
      rows: Array.from({ length: 40 }, (_one, index) => ({ key: `k${index}`, ...image(`key ${index}`) })),
      concurrency: 2,
    });
    const page = await openSignedIn('/dashboard');
    await page.keyboard.press('/');
    await page.keyboard.type('keys');
    await until('it is found', async () => (await page.locator('[data-row]').allInnerTexts()).join() === 'keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'keys' }).waitFor();
    await pressButton(page, 'Pause');
    await page.getByText('Paused on request').waitFor();
    expect((await rig.client.batch('keys').status()).state).toBe('paused');
    await pressButton(page, 'Resume');
    await until('it runs', async () => (await page.locator('.state').innerText()) !== 'paused');
    await hasEnded(page);

    await page.keyboard.press('/');
    await page.keyboard.type('k37');
    await until('it is found', async () => (await page.locator('.tile-key').allInnerTexts()).join() === 'k37');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('table', { name: 'Runs of the item' }).waitFor();
    const before = submits();
    await pressButton(page, 'Run again with changes…');
    await tabTo(page, /^prompt\b/);
    await page.keyboard.press('Control+A');
    // Keys of the dialog are letters here.
    await page.keyboard.type('jk another picture');
    await pressButton(page, 'Look at what is paid');
    await dialog.getByText('1 paid submission').waitFor();
    await pressButton(page, 'Run again');
    await dialog.waitFor({ state: 'detached' });
    await until('it was submitted', () => submits() === before + 1);
    expect(rig.emulator.ledger().jobs.at(-1)).toMatchObject({ prompt: 'jk another picture' });
    await hasEnded(page);

    const download = page.waitForEvent('download');
    await pressButton(page, 'Results (CSV)');
    expect((await download).suggestedFilename()).toBe('keys.csv');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
  });

  test('j and k move among the items of an open dialog, and Escape gives the focus back', async () => {
    const page = await openSignedIn('/dashboard/batches/pictures');
    await page.locator('.tile').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const title = page.getByRole('dialog').getByRole('heading', { level: 2 });
    await until('the first is open', async () => (await title.innerText()) === 'html');
    await page.keyboard.press('j');
    await until('the next is open', async () => (await title.innerText()) === 'large');
    await page.keyboard.press('k');
    await until('the first is open again', async () => (await title.innerText()) === 'html');
    await page.keyboard.press('Escape');
    await title.waitFor({ state: 'detached' });
    expect(await page.locator(':focus .tile-key').innerText()).toBe('html');
  });

  test.each([
    [360, 'dark'],
    [1280, 'light'],
  ] as const)(
    'at %d pixels, %s, an item and its form are no wider than the screen, and axe finds nothing',
    async (width, colorScheme) => {
      const page = await openSignedIn('/dashboard/batches/pictures', { viewport: { width, height: 800 }, colorScheme });
      const dialog = await openItem(page, 'large');
      const isWhole = `(() => { const one = document.querySelector('dialog'); return one.scrollWidth <= one.clientWidth; })()`;
      expect(await page.evaluate(isWhole)).toBe(true);
      await dialog.getByRole('button', { name: 'Run again with changes' }).click();
      await dialog.locator('#field-scale').waitFor();
      expect(await page.evaluate(isWhole)).toBe(true);
      expect(await findAxeProblems(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Back' }).click();
      await dialog.getByRole('button', { name: 'Close' }).click();
      expect(Number(await page.evaluate('document.documentElement.scrollWidth'))).toBeLessThanOrEqual(width);
      expect(await findAxeProblems(page)).toEqual([]);
    },
  );

  test('a batch whose files were deleted says so, and offers nothing that needs them', async () => {
    await rig.client.store().deleteBatch('pictures');
    const page = await openSignedIn('/dashboard/batches/pictures');
    await page.getByText('The results and files of this batch were deleted').waitFor();
    expect(await page.locator('.tile').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Files (ZIP)' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /again/ }).count()).toBe(0);
    expect(await page.getByText('nothing was started').count()).toBe(0);
    expect(await findAxeProblems(page)).toEqual([]);
  });
});

async function pressButton(page: Page, name: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}
