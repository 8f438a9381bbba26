/** A batch of pictures without rows, and of a chosen file, in a real browser; also by keyboard alone. */
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { TOKEN } from '../gateway/api-harness';
import { until } from '../support/until';
import { describeInBrowser, findAxeProblems } from './browser';
import { openSession, sendAs } from './browser-session';
import { chooseByKeyboard, type DashboardRig, findWider, startDashboardRig, tabTo } from './dashboard-rig';

const HTML = '<img src=x onerror="window.wasRun=1">';
const WAS_RUN = '"wasRun" in window';
const COLOURS = ['#804020', '#208040', '#402080'] as const;

const paint = (background: string) =>
  sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
const toFile = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/png', buffer });

describeInBrowser('a start from files', () => {
  let dashboard: DashboardRig;
  let pictures: readonly Buffer[];

  beforeAll(async () => {
    dashboard = await startDashboardRig();
    pictures = await Promise.all(COLOURS.map(paint));
  });
  afterEach(() => expect(dashboard.findings()).toEqual([]));
  afterAll(() => dashboard.close());

  const waitForEnd = (page: Page) =>
    until('it has ended', async () => (await page.locator('.state').innerText()) === 'completed');

  test('by keyboard alone: pictures are chosen, planned, and started', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start');
    const before = dashboard.rig.emulator.ledger().submits;
    await tabTo(page, 'Files');
    await chooseByKeyboard(page, [
      toFile('front.png', pictures[0] ?? Buffer.alloc(0)),
      toFile('back.png', pictures[1] ?? Buffer.alloc(0)),
      toFile(`${HTML}.png`, pictures[2] ?? Buffer.alloc(0)),
    ]);
    const start = page.getByRole('button', { name: 'Start with 3 paid submissions' });
    await start.waitFor();
    expect(await findAxeProblems(page)).toEqual([]);
    await tabTo(page, 'Operation');
    await page.keyboard.type('upscale');
    await page.getByText('which is its').waitFor();
    await tabTo(page, 'Id');
    await page.keyboard.type('from-pictures');
    await page.getByLabel('Price of upscale/image').waitFor();
    await tabTo(page, /^Price of/);
    await page.keyboard.type('0.5');
    await page.locator('.facts').getByText('1.5', { exact: true }).waitFor();
    await until('it may be started', () => start.isEnabled());
    await tabTo(page, 'Start with 3 paid submissions');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'from-pictures' }).waitFor();
    await waitForEnd(page);
    expect(dashboard.rig.emulator.ledger().submits).toBe(before + 3);
    const results = [];
    for await (const line of dashboard.rig.client.batch('from-pictures').results()) results.push(line);
    expect(results.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['front', 'succeeded'],
      ['back', 'succeeded'],
      [expect.stringMatching(/^img-src-x/), 'succeeded'],
    ]);
    expect(await page.evaluate(WAS_RUN)).toBe(false);
  });

  test('every problem is named by its file, and a corrected drop can be started', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start');
    await page
      .getByLabel('Files')
      .setInputFiles([
        toFile('good.png', pictures[0] ?? Buffer.alloc(0)),
        toFile(`${HTML}.png`, Buffer.from(`<svg>${HTML}</svg>`)),
        toFile('cut.png', (pictures[1] ?? Buffer.alloc(0)).subarray(0, 60)),
      ]);
    const rows = page.locator('.findings tbody tr');
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain(`${HTML}.png`);
    expect(texts[1]).toMatch(/^cut\.png\s+cut\s+input_image/);
    expect(await page.getByRole('button', { name: /^Start with/ }).isDisabled()).toBe(true);
    expect(await findAxeProblems(page)).toEqual([]);
    expect(await page.evaluate(WAS_RUN)).toBe(false);
    await page.getByLabel('Files').setInputFiles([toFile('good.png', pictures[0] ?? Buffer.alloc(0))]);
    await rows.first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Start with 1 paid submission' }).waitFor();
  });

  test('what is too large is not uploaded', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start');
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(request.url());
    });
    // The gateways of the tests accept 1 MB.
    await page
      .getByLabel('Files')
      .setInputFiles([toFile('empty.png', Buffer.alloc(0)), toFile('large.png', Buffer.alloc(1_500_000))]);
    const alert = page.getByRole('alert');
    await alert.getByText('the upload has 1.5 MB; must have at most 1 MB').waitFor();
    await alert.getByText('is empty').waitFor();
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 1000))');
    expect(posts).toEqual([]);
    expect(await findAxeProblems(page)).toEqual([]);
  });

  test('by keyboard alone: a file with rows is chosen and started', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start');
    await tabTo(page, 'Files');
    const buffer = Buffer.from('key,prompt,width,height\na,one,32,32\nb,two,32,32\n');
    await chooseByKeyboard(page, { name: 'rows.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Start with 2 paid submissions' }).waitFor();
    await tabTo(page, 'Id');
    await page.keyboard.type('by-keys');
    await tabTo(page, 'Start with 2 paid submissions');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'by-keys' }).waitFor();
    await waitForEnd(page);
  });

  test('a gateway that is away is reported; the same files are planned when it is back', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start');
    await page.context().setOffline(true);
    await page.getByLabel('Files').setInputFiles([toFile('good.png', pictures[0] ?? Buffer.alloc(0))]);
    await page.getByRole('alert').getByText('The gateway does not answer.').waitFor();
    await page.context().setOffline(false);
    await page.getByLabel('Jobs in flight').fill('2');
    await page.getByRole('button', { name: 'Start with 1 paid submission' }).waitFor();
  });

  test('an upload of another site, or without the value of the page, plans and starts nothing', async () => {
    const session = await openSession(dashboard.api, TOKEN);
    const body =
      '--x\r\ncontent-disposition: form-data; name="rows"; filename="a.csv"\r\n\r\nkey,prompt\na,b\r\n--x--\r\n';
    const type = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const path of ['/v1/plans', '/v1/batches', '/v1/items']) {
      const send = (headers: Readonly<Record<string, string>>) =>
        sendAs(session, dashboard.api, path, { method: 'POST', body, headers: { ...type, ...headers } });
      expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(401);
      expect((await send({ 'imagepipeline-csrf': 'guessed' })).status).toBe(403);
    }
  });

  test.each([360, 2560])('nothing is wider than a screen of %d pixels', async (width) => {
    const page = await dashboard.openSignedIn('/dashboard/start', {
      viewport: { width, height: 800 },
      colorScheme: 'dark',
    });
    const names = [`${'a'.repeat(120)}.png`, `${HTML}.png`];
    await page.getByLabel('Files').setInputFiles(names.map((name) => toFile(name, Buffer.from('no picture'))));
    await page.locator('.findings tbody tr').first().waitFor();
    expect(await findWider(page, width)).toEqual([]);
    expect(await findAxeProblems(page)).toEqual([]);
  });
});
