/** The account in a real browser: its limits over time, holds, limits by keyboard alone, and what a lost gateway looks like. */
import type { Page } from 'playwright-core';
import { createToken, parseTokens } from '../../gateway/api/access/api-token';
import { startTestApi, TOKEN } from '../gateway/api-harness';
import { until } from '../support/until';
import { describeInBrowser, findAxeProblems } from './browser';
import { openSession, sendAs } from './browser-session';
import { type DashboardRig, findWider, startDashboardRig, tabTo } from './dashboard-rig';

const LIMIT = 6;
const rows = (count: number) =>
  Array.from({ length: count }, (_one, index) => ({ key: `k${index}`, prompt: `a ${index}`, width: 32, height: 32 }));

describeInBrowser('the account', () => {
  let dashboard: DashboardRig;

  beforeAll(async () => {
    dashboard = await startDashboardRig({
      emulator: { jobTime: { medianMs: 300, sigma: 0 }, maxConcurrentJobs: LIMIT },
    });
  });
  afterEach(() => expect(dashboard.findings()).toEqual([]));
  afterAll(() => dashboard.close());

  const readCurve = async (page: Page, name: string) =>
    (await page.getByRole('img', { name: new RegExp(`^${name}`) }).getAttribute('aria-label')) ?? '';

  test('limit, jobs in flight and refusals are curves, whose changes are explained; a page that comes later has them, too', async () => {
    const first = await dashboard.openSignedIn('/dashboard/account');
    await first.getByText('Nothing runs').waitFor();
    const batch = await dashboard.rig.client.startBatch({ id: 'many', rows: rows(120) });
    await first.getByRole('link', { name: 'many' }).waitFor();
    await until('refusals are drawn', async () => !/ 0 at most/.test(await readCurve(first, 'Refused')));
    expect(await readCurve(first, 'Limit')).toMatch(/^Limit: \d+ now, \d+ at most$/);
    await first.locator('.decisions').getByText('CONCURRENT_JOBS_EXCEEDED').first().waitFor();
    expect(await first.locator('.decisions time').first().getAttribute('title')).toMatch(/ UTC$/);
    expect(await findAxeProblems(first)).toEqual([]);
    await batch.result();
    const { refusals } = await dashboard.rig.client.account().status();
    expect(refusals).toBe(dashboard.rig.emulator.ledger().refusals.length);
    const second = await dashboard.openSignedIn('/dashboard/account', { colorScheme: 'dark' });
    await until('it has what was before', async () => !/ 0 at most/.test(await readCurve(second, 'Refused')));
    expect(await findAxeProblems(second)).toEqual([]);
  });

  test('many pages ask the governor no more than one', async () => {
    const queries = jest.spyOn(dashboard.rig.client.temporal.workflowService, 'queryWorkflow');
    const session = await openSession(dashboard.api, TOKEN);
    const count = async (pages: number) => {
      const before = queries.mock.calls.length;
      for (let round = 0; round < 10; round += 1) {
        const read = () => sendAs(session, dashboard.api, '/v1/account/samples');
        const answers = await Promise.all(Array.from({ length: pages }, read));
        expect(answers.map(({ status }) => status)).toEqual(Array(pages).fill(200));
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
      return queries.mock.calls.length - before;
    };
    const [one, many] = [await count(1), await count(30)];
    queries.mockRestore();
    expect(one).toBeGreaterThan(0);
    expect(many).toBeLessThanOrEqual(one + 3);
  });

  test('by keyboard alone: a hold is resumed, limits are set and removed', async () => {
    const page = await dashboard.openSignedIn('/dashboard/account');
    await tabTo(page, 'Hold the account');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByText('The account is held: HELD_BY_REQUEST').waitFor();
    expect((await dashboard.rig.client.account().status()).hold?.code).toBe('HELD_BY_REQUEST');
    await tabTo(page, 'Resume');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Hold the account' }).waitFor();
    await tabTo(page, 'Limits');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await tabTo(page, 'Budget of a day, in submissions');
    await page.keyboard.type('5000');
    await tabTo(page, 'Hours in which it spends');
    await page.keyboard.type('00:00-12:00, 12:00-24:00');
    expect(await findAxeProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('of 5,000').waitFor();
    await page.getByText('00:00-12:00, 12:00-24:00', { exact: true }).waitFor();
    await tabTo(page, 'Limits');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Budget of a day, in submissions');
    await page.keyboard.type('none');
    await tabTo(page, 'Hours in which it spends');
    await page.keyboard.type('none');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('of 5,000').waitFor({ state: 'detached' });
    expect((await dashboard.rig.client.account().status()).hours).toBeNull();
  });

  test('a limit that is not allowed is explained in the dialog, and changes nothing', async () => {
    const page = await dashboard.openSignedIn('/dashboard/account');
    await page.getByRole('button', { name: 'Limits' }).click();
    await page.getByLabel('Jobs in flight').fill('<img src=x onerror="window.wasRun=1">');
    await page.getByLabel('Time zone of the hours').fill('Mars');
    await page.getByRole('dialog').getByRole('button', { name: 'Change' }).click();
    await page.getByRole('dialog').getByRole('alert').getByText('maxConcurrency').waitFor();
    expect(await page.evaluate('"wasRun" in window')).toBe(false);
  });

  test('the samples are for sessions that may see the account, and not for other sites', async () => {
    const limited = createToken({ name: 'limited', role: 'start', prefix: 'ours-' });
    const other = await startTestApi(dashboard.rig, {
      tokens: parseTokens(JSON.stringify([limited.entry]), 'X', []),
      dashboard: { temporalUi: null },
    });
    const session = await openSession(other, limited.token);
    expect((await sendAs(session, other, '/v1/account/samples')).status).toBe(403);
    const own = await openSession(dashboard.api, TOKEN);
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await sendAs(own, dashboard.api, '/v1/account/samples', { headers })).status).toBe(401);
  });

  test.each([360, 2560])('nothing is wider than a screen of %d pixels', async (width) => {
    await dashboard.rig.client.startBatch({ id: `a-batch-with-a-long-name-${width}`, rows: rows(40), concurrency: 1 });
    const page = await dashboard.openSignedIn('/dashboard/account', { viewport: { width, height: 800 } });
    await page.getByRole('link', { name: `a-batch-with-a-long-name-${width}` }).waitFor();
    expect(await findWider(page, width)).toEqual([]);
    expect(await findAxeProblems(page)).toEqual([]);
  });
});
