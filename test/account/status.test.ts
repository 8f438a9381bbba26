/** The account as scripts and people see it. */
import type { BatchStatus } from '../../client/batches/batch-status';
import { startBatch, untilStatus } from '../batch/batch-fixtures';
import { runInside } from '../cli/cli-inside';
import { Gate } from '../support/gate';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { untilAccount } from './accounts';

const folder = tempFolder();
let rig: Rig;
/** Keeps the provider's word of how its jobs stand, so that they are in flight for as long as commands take. */
const news = new Gate();

beforeAll(async () => {
  rig = await startRig({
    api: (real) => ({
      ...real,
      readStatus: async (...asked) => {
        await news.pass();
        return real.readStatus(...asked);
      },
    }),
  });
});
afterAll(async () => {
  news.open();
  await rig.close();
});

const account = async (...args: readonly string[]) => {
  const ended = await runInside(['account', ...args], folder, rig.server.env);
  return { ...ended, status: args.includes('--json') && ended.code === 0 ? JSON.parse(ended.stdout) : null };
};

test('an unused account has a status of the same shape', async () => {
  const { status } = await account('status', '--json');
  expect(status).toEqual({
    account: 'default',
    limit: 0,
    inFlight: 0,
    ratePerSecond: null,
    refusals: 0,
    hold: null,
    holds: [],
    balance: null,
    holdBelow: { usd: null, credits: null },
    hours: null,
    holders: [],
    waiting: 0,
    day: {
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      allowed: null,
      spent: { submissions: 0, cost: 0 },
      setAside: { submissions: 0, cost: 0 },
    },
    decisions: [],
  });
});

test('limit, hold and resume do what they say and answer with the status', async () => {
  const limited = await account('limit', '--max-concurrency', '3', '--max-rate', '50', '--json');
  expect(limited.status).toMatchObject({ limit: 3, ratePerSecond: 50, hold: null });
  const batch = await startBatch(rig, 'shown', 12, { concurrency: null, weight: 2 });
  await untilAccount('jobs are in flight', rig, ({ inFlight }) => inFlight > 0);
  const { status } = await account('status', '--json');
  expect(status.holders).toEqual([
    { id: 'shown', kind: 'batch', weight: 2, permits: 3, inFlight: expect.any(Number), wants: expect.any(Number) },
  ]);
  for (const { at, words } of status.decisions) {
    expect(new Date(at).toISOString()).toBe(at);
    expect(words).toEqual(expect.any(String));
  }
  const held = await account('hold', 'stock taking', '--json');
  expect(held.status.hold).toEqual({
    code: 'HELD_BY_REQUEST',
    since: expect.any(String),
    until: null,
    cause: 'stock taking',
    remedy: expect.stringContaining('account resume'),
  });
  const isHeld = ({ state, pausedBy }: BatchStatus) => state === 'paused' && pausedBy === 'account';
  await untilStatus('the batch has heard of it', batch, isHeld);
  const described = await account('status');
  expect(described.stdout).toMatch(/HELD since .*: HELD_BY_REQUEST[\s\S]*shown {2}weight 2/);
  expect((await account('resume', '--json')).status.hold).toBeNull();
  news.open();
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 12 } });
});

test('a balance to hold below, and prices of operations, are set by flags', async () => {
  const set = await account(
    'set',
    '--hold-below',
    '5usd',
    '--cost',
    '20',
    '--price',
    '0.04',
    'generate/video=1',
    '--json',
  );
  expect(set.status).toMatchObject({ holdBelow: { usd: 5, credits: null }, day: { allowed: { cost: 20 } } });
  expect((await account('set', '--hold-below', '500credits', '--json')).status.holdBelow).toEqual({
    usd: 5,
    credits: 500,
  });
  expect((await account('status')).stdout).toContain('balance not known yet · held below 5 USD and 500 credits');
  const none = await account('set', '--hold-below', 'none', '--cost', 'none', '--price', '0', '--json');
  expect(none.status).toMatchObject({ holdBelow: { usd: null, credits: null }, day: { allowed: null } });
});

test('the current details of the governor show the same', async () => {
  const { workflowService } = rig.client.temporal;
  const answer = await rig.client.temporal.workflow.getHandle('~account/default').query('__temporal_workflow_metadata');
  expect(workflowService).toBeDefined();
  expect(JSON.stringify(answer)).toMatch(/in flight, limit 3.*at most 3 jobs in flight and at most 50 submissions\/s/);
});

test.each([
  [['limit'], /expected --max-concurrency, --max-rate, or both/],
  [['limit', '--max-concurrency', 'many', '--max-rate', '-1'], /--max-concurrency is "many"[\s\S]*--max-rate is "-1"/],
  [['limit', '--max-concurrency', '1.5'], /whole number from 1 to 10000, or "none"/],
  [['set', '--hold-below', '5'], /--hold-below is "5"; must be like 5usd or 500credits, or "none"/],
  [['set', '--hold-below', '0usd'], /--hold-below is 0; must be a number above 0, or "none"/],
  [['budget', '--cost', '5', '--price', 'generate/soup=1'], /--price names "generate\/soup"; must be one of/],
])('account %s is refused with every problem', async (args, problems) => {
  const { code, stderr } = await account(...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(problems)]);
});
