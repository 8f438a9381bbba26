/** Single items in a real browser: started from the form of an operation, watched, explained; also by keyboard alone. */
import sharp from 'sharp';
import { toPlainToken } from '../../gateway/api/access/api-token';
import { startTestApi, TOKEN } from '../gateway/api-harness';
import { until } from '../support/until';
import { describeInBrowser, findAxeProblems, openPage, startBrowser } from './browser';
import { chooseByKeyboard, type DashboardRig, findWider, signIn, startDashboardRig, tabTo } from './dashboard-rig';

const HTML = '<img src=x onerror="window.wasRun=1">';
const WAS_RUN = '"wasRun" in window';
const PICTURE_SHOWN = 'document.querySelector(".file img")?.naturalWidth > 0';

const paint = () =>
  sharp({ create: { width: 64, height: 48, channels: 3, background: '#808080' } })
    .png()
    .toBuffer();

describeInBrowser('single items', () => {
  let dashboard: DashboardRig;

  beforeAll(async () => {
    dashboard = await startDashboardRig();
  });
  afterEach(() => expect(dashboard.findings()).toEqual([]));
  afterAll(() => dashboard.close());

  test('by keyboard alone: sign in, start an item, see its picture, sign out', async () => {
    const page = await dashboard.open('/dashboard');
    await page.getByLabel('API token').waitFor();
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await tabTo(page, 'Items');
    await page.keyboard.press('Enter');
    await page.getByText('There are no single items yet').waitFor();
    expect(await findAxeProblems(page)).toEqual([]);
    await tabTo(page, 'Start an item');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Start an item' }).waitFor();
    await tabTo(page, 'Operation');
    await page.keyboard.type('generate/image');
    await tabTo(page, 'Id');
    await page.keyboard.type('by-keys');
    await tabTo(page, 'prompt required');
    await page.keyboard.type('a fox in the snow');
    await tabTo(page, 'More fields');
    await page.keyboard.press('Enter');
    await tabTo(page, 'width');
    await page.keyboard.type('64');
    await tabTo(page, 'height');
    await page.keyboard.type('48');
    expect(await findAxeProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'by-keys' }).waitFor();
    await until('the picture is shown', async () => (await page.evaluate(PICTURE_SHOWN)) === true);
    expect(await page.locator('.state').innerText()).toBe('succeeded');
    expect(await page.locator('.file').innerText()).toContain('64 × 48');
    expect(await findAxeProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Items' }).waitFor();
    await page.getByRole('link', { name: 'by-keys' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'by-keys' }).waitFor();
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await page.getByLabel('API token').waitFor();
  });

  test('every problem is named at its field; HTML in a value is text; nothing is submitted', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start/item');
    const before = dashboard.rig.emulator.ledger().submits;
    await page.getByText('More fields').click();
    await page.getByLabel('width').fill('0');
    await page.getByLabel('server_id').fill(HTML.repeat(9));
    await page.getByLabel('palette').fill(HTML);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').first().waitFor();
    const problems = await page.getByRole('alert').allInnerTexts();
    expect(problems).toHaveLength(4);
    expect(await page.evaluate('document.activeElement.name')).toBe('prompt');
    expect(await findAxeProblems(page)).toEqual([]);
    await page.getByLabel('Id', { exact: true }).fill(HTML);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText(/^id /).waitFor();
    expect(await page.evaluate(WAS_RUN)).toBe(false);
    expect(dashboard.rig.emulator.ledger().submits).toBe(before);
  });

  test('a file is uploaded as the input, whatever its name; chosen by keyboard', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start/item');
    await page.getByLabel('Operation').selectOption('background/remove/image');
    await page.getByLabel('Id', { exact: true }).fill('cut-out');
    await tabTo(page, 'Pictures of input_image');
    await chooseByKeyboard(page, { name: `"${HTML}'.png`, mimeType: 'image/png', buffer: await paint() });
    await tabTo(page, 'Start');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'cut-out' }).waitFor();
    await until('it has ended', async () => (await page.locator('.state').innerText()) === 'succeeded');
    await page.locator('.file').getByText('cutout').waitFor();
    expect(await page.evaluate(WAS_RUN)).toBe(false);
  });

  test('a file that is no picture is explained at its field', async () => {
    const page = await dashboard.openSignedIn('/dashboard/start/item');
    await page.getByLabel('Operation').selectOption('upscale/image');
    const file = { name: 'evil.png', mimeType: 'image/png', buffer: Buffer.from(`<svg>${HTML}</svg>`) };
    await page.locator('input[type=file]').first().setInputFiles(file);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText('must be PNG, JPEG, WebP or GIF').waitFor();
    expect(await page.evaluate(WAS_RUN)).toBe(false);
  });

  test('a failure is shown with its meaning and its remedy', async () => {
    await dashboard.rig.client.startItem({
      id: 'wrong',
      operation: 'generate/image',
      request: { prompt: `${HTML} {{INPUT_INVALID}}`, width: 32, height: 32 },
    });
    const page = await dashboard.openSignedIn('/dashboard/items/wrong');
    await until('it has failed', async () => (await page.locator('.state').innerText()) === 'failed');
    const notice = page.locator('.notice.error');
    expect(await notice.innerText()).toMatch(/^INPUT_INVALID: The input is malformed/);
    expect(await notice.innerText()).toContain('Change the prompt');
    expect(await findAxeProblems(page)).toEqual([]);
  });

  test('an item that waits for a held account says why, and its button resumes; by keyboard', async () => {
    await dashboard.rig.client.account().hold(HTML);
    const page = await dashboard.openSignedIn('/dashboard/start/item');
    await page.getByLabel('Id', { exact: true }).fill('patient');
    await page.getByLabel('prompt required').fill('a patient fox');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText(`It waits, because the account submits nothing (HELD_BY_REQUEST): ${HTML}`).waitFor();
    expect(await page.locator('.state').innerText()).toBe('waiting');
    await tabTo(page, 'Resume the account');
    await page.keyboard.press('Enter');
    await until('it has ended', async () => (await page.locator('.state').innerText()) === 'succeeded');
    expect(await page.evaluate(WAS_RUN)).toBe(false);
  });

  test('an item is cancelled after a question', async () => {
    await dashboard.rig.client.account().hold();
    await dashboard.rig.client.startItem({
      id: 'cancelled',
      operation: 'generate/image',
      request: { prompt: 'x' },
      waitWhileHeld: true,
    });
    const page = await dashboard.openSignedIn('/dashboard/items/cancelled');
    await tabTo(page, 'Cancel');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing more is submitted for it.').waitFor();
    await page.keyboard.press('Enter');
    await until('it is cancelled', async () => (await page.locator('.state').innerText()) === 'cancelled');
    await dashboard.rig.client.account().resume();
  });

  test('an item that does not exist is explained', async () => {
    const page = await dashboard.openSignedIn('/dashboard/items/%3Cb%3E');
    await page.locator('.notice.error').waitFor();
    await page.goto(`${dashboard.api.url}/dashboard/items/nothing`);
    await page.getByText('there is no item with this id').waitFor();
  });

  test('a session that may only look is offered neither start nor cancel', async () => {
    const tokens = [{ ...toPlainToken(TOKEN), role: 'read' as const }];
    const other = await startTestApi(dashboard.rig, { tokens, dashboard: { temporalUi: null } });
    const browser = await startBrowser();
    const { page } = await openPage(browser, `${other.url}/dashboard/start/item`);
    await signIn(page);
    await page.getByText('This session may not start items').waitFor();
    await page.goto(`${other.url}/dashboard/items/wrong`);
    await page.locator('.notice.error').waitFor();
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Sign out']);
    await browser.close();
  });

  test.each([360, 2560])('nothing is wider than a screen of %d pixels', async (width) => {
    const page = await dashboard.openSignedIn('/dashboard/items', {
      viewport: { width, height: 800 },
      colorScheme: 'dark',
    });
    await page.getByRole('link', { name: 'wrong' }).waitFor();
    expect(await findWider(page, width)).toEqual([]);
    expect(await findAxeProblems(page)).toEqual([]);
    await page.goto(`${dashboard.api.url}/dashboard/items/wrong`);
    await page.locator('.notice.error').waitFor();
    expect(await findWider(page, width)).toEqual([]);
    await page.goto(`${dashboard.api.url}/dashboard/start/item`);
    await page.getByText('More fields').click();
    await page.getByLabel('palette').fill('#');
    expect(await findWider(page, width)).toEqual([]);
    expect(await findAxeProblems(page)).toEqual([]);
  });
});
