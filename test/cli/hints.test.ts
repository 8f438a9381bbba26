/** Commands in hints can be copied into the shell that they were told in. */
import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { formatAccount } from '../../cli/account/account-text';
import { printNextSteps, reportHold } from '../../cli/batch/follow-batch';
import type { CliContext } from '../../cli/context';
import { findProgram, toCommand, withCommands } from '../../cli/invocation';
import { reportError } from '../../cli/report-error';
import { LiveLines } from '../../cli/terminal/live-lines';
import { formatLocalTime, formatLocalTimeOfDay } from '../../cli/terminal/local-time';
import { sayIfSlow } from '../../cli/terminal/slow-notice';
import { WorkerMissingError } from '../../connection/errors';
import type { AccountHold } from '../../workflows/domain/account/account-status';
import { NO_HOLD_BELOW } from '../../workflows/domain/money/balance';
import { newDay } from '../../workflows/domain/money/day-budget';
import { toDayStatus } from '../../workflows/domain/money/day-status';
import { status } from '../chaos/sound-evidence';

function caller(given: Partial<CliContext> = {}) {
  let text = '';
  const stream = {
    write: (more: string) => {
      text += more;
      return true;
    },
  };
  const context: CliContext = { env: {}, cwd: '/shop', stdout: stream, stderr: stream, ...given };
  return { context, said: () => text };
}

test.each([
  ['npx', '/app/node_modules/.bin/imagepipeline', { npm_command: 'exec' }, 'npx imagepipeline'],
  [
    'npx, which has downloaded it',
    '/home/u/.npm/_npx/5a1/node_modules/.bin/imagepipeline',
    { npm_command: 'exec' },
    'npx imagepipeline-temporal-worker',
  ],
  ['a script of npm', '/app/node_modules/.bin/imagepipeline', { npm_command: 'run-script' }, 'npx imagepipeline'],
  ['an installed command', '/usr/local/bin/imagepipeline', { PATH: '/bin:/usr/local/bin/' }, 'imagepipeline'],
  ['a command that no shell finds', '/opt/x/imagepipeline', { PATH: '/bin' }, 'node /opt/x/imagepipeline'],
  ['a file below', '/shop/bin/imagepipeline.js', { PATH: '/shop/bin' }, 'node bin/imagepipeline.js'],
  ['a file elsewhere', '/my files/imagepipeline.js', {}, "node '/my files/imagepipeline.js'"],
])('by %s', (_name, script, env, program) => {
  expect(findProgram(script, env, '/shop')).toBe(program);
});

test('settings that decide where a command looks are repeated, secrets are not', () => {
  const env = {
    TEMPORAL_ADDRESS: '10.0.0.7:7233',
    TEMPORAL_API_KEY: 'secret',
    IMAGEPIPELINE_API_KEY: 'secret',
    IMAGEPIPELINE_STORE: "/my files/it's here",
    IMAGEPIPELINE_ACCOUNT: ' ',
  };
  const command = toCommand('status spring', { env, program: 'npx imagepipeline' });
  expect(command).toBe(
    `TEMPORAL_ADDRESS=10.0.0.7:7233 IMAGEPIPELINE_STORE='/my files/it'\\''s here' npx imagepipeline status spring`,
  );
  const shown = execFileSync('sh', ['-c', command.replace('npx imagepipeline', 'printenv IMAGEPIPELINE_STORE #')]);
  expect(shown.toString()).toBe("/my files/it's here\n");
});

test('texts of the library are reported with the commands of the caller', () => {
  const { context, said } = caller({ program: 'npx imagepipeline', env: { IMAGEPIPELINE_ACCOUNT: 'b' } });
  reportError(new WorkerMissingError('spring'), context);
  expect(said()).toContain('"IMAGEPIPELINE_ACCOUNT=b npx imagepipeline worker"');
  expect(withCommands('imagepipeline-doctor is no "imagepipeline" command', context)).not.toContain('npx');
  expect(withCommands('for instance: imagepipeline plan -', { env: {}, program: 'npx imagepipeline' })).toBe(
    'for instance: npx imagepipeline plan -',
  );
  const env = { TEMPORAL_ADDRESS: '10.0.0.7:7233', IMAGEPIPELINE_STORE: 'here' };
  expect(withCommands('start one with "imagepipeline dev"', { env })).toBe(
    'start one with "IMAGEPIPELINE_STORE=here imagepipeline dev"',
  );
  LiveLines.of(context).show(['run "imagepipeline account resume"']);
  expect(said()).toContain('run "IMAGEPIPELINE_ACCOUNT=b npx imagepipeline account resume"\n');
});

test('the end of a batch names the folder of the files and the next commands', () => {
  const counts = { ...status({}).counts, total: 9, succeeded: 9, failed: 0, cancelled: 0, unknown: 0 };
  const formatCounts = (changes: Partial<typeof counts>, store: string | null = '/store', more = {}) => {
    const { context, said } = caller({ program: 'npx imagepipeline' });
    printNextSteps(status({ id: 'spring', counts: { ...counts, ...changes }, ...more }), store, context);
    return said();
  };
  const outcomes = 'outcomes  npx imagepipeline results spring\n';
  expect(formatCounts({})).toBe(`files     /store/batches/spring/items\n${outcomes}`);
  expect(formatCounts({}, null)).toBe(outcomes);
  expect(formatCounts({ failed: 1 })).toContain('run again npx imagepipeline redrive spring\n');
  expect(formatCounts({ unknown: 1 })).toMatch(/unknown {3}npx imagepipeline results spring --outcome unknown\n$/);
  expect(formatCounts({ notStarted: 1 })).toMatch(/the rest {2}npx imagepipeline batch FILE --id spring\n$/);
  const ofSteps = { steps: { base: { succeeded: 9 } } };
  expect(formatCounts({ notStarted: 1 }, null, ofSteps)).toContain('batch FILE --recipe RECIPE --id spring\n');
});

test.each([
  ['INSUFFICIENT_CREDITS', 'resume    npx imagepipeline account resume\n'],
  ['HELD_BY_REQUEST', 'resume    npx imagepipeline account resume\n'],
  ['OUTSIDE_HOURS', 'change    npx imagepipeline account set --hours any\n'],
  ['DAY_BUDGET_USED', 'change    npx imagepipeline account budget --submissions N\n'],
])('a batch that waits for a hold with %s names the command that ends it', (code, command) => {
  const { context, said } = caller({ program: 'npx imagepipeline' });
  const until = '2026-01-31T11:00:00.000Z';
  reportHold({ id: 'spring', hold: { code, since: until, until, cause: null, remedy: '' } }, context);
  expect(said()).toContain(command);
  expect(said()).toContain(`continues automatically at ${formatLocalTime(new Date(until))}`);
});

test('a change that takes a while says that it waits for a worker, another one says nothing', async () => {
  const { context, said } = caller();
  await sayIfSlow(context, async () => undefined, 60_000);
  expect(said()).toBe('');
  const notice = new EventEmitter();
  const noticed = once(notice, 'written');
  const write = (text: string) => notice.emit('written', text);
  await sayIfSlow({ stderr: { write } }, () => noticed, 1);
  expect(await noticed).toEqual(['no worker has answered yet; waiting\n']);
});

const NO_BALANCE = { balance: null, holdBelow: NO_HOLD_BELOW, hours: null };

test('a balance is reported with its age and its bound', () => {
  const held = { hold: null, holds: [], hours: null };
  const rest = { account: 'a', refusals: 0, ratePerSecond: null, ...held, waiting: 0, decisions: [], holders: [] };
  const status = { ...rest, limit: 4, inFlight: 0, day: toDayStatus(newDay(0)) };
  const at = new Date(Date.now() - 300_000).toISOString();
  const holdBelow = { usd: 5, credits: null };
  expect(formatAccount({ ...status, balance: { usd: 4.2, credits: 100, at }, holdBelow })[2]).toBe(
    'balance 4.2 USD and 100 credits, 5 min ago · held below 5 USD',
  );
  expect(formatAccount({ ...status, balance: null, holdBelow })[2]).toBe('balance not known yet · held below 5 USD');
});

test('every hold of an account is reported with its cause, its end and its next probe', () => {
  const [since, until, nextProbeAt] = [
    '2026-01-31T10:00:00.000Z',
    '2026-01-31T11:00:00.000Z',
    '2026-01-31T10:05:00.000Z',
  ];
  const held = { since, until: null, cause: null, operation: null, probing: false, nextProbeAt: null };
  const holds: readonly AccountHold[] = [
    { ...held, code: 'PROVIDER_UNREACHABLE', cause: 'ECONNREFUSED', remedy: 'Check it.', nextProbeAt },
    { ...held, code: 'RATE_LIMIT_EXCEEDED', until, remedy: 'Wait.', operation: 'generate/image', probing: true },
  ];
  const rest = {
    account: 'a',
    limit: 4,
    inFlight: 0,
    refusals: 0,
    ratePerSecond: null,
    holders: [],
    waiting: 0,
    decisions: [],
  };
  const lines = formatAccount({ ...rest, ...NO_BALANCE, hold: null, holds, day: toDayStatus(newDay(0)) });
  const at = (time: string) => formatLocalTime(new Date(time));
  expect(lines.slice(2, -1)).toEqual([
    `HELD since ${at(since)}: PROVIDER_UNREACHABLE`,
    '  ECONNREFUSED',
    '  Check it.',
    `  next probe at ${formatLocalTimeOfDay(new Date(nextProbeAt))}`,
    `HELD since ${at(since)}, until ${at(until)}: RATE_LIMIT_EXCEEDED for generate/image`,
    '  Wait.',
    '  a probe is in progress',
  ]);
});

test('jobs in flight are reported beside the limit, which may be lower', () => {
  const rest = { account: 'a', refusals: 0, ratePerSecond: null, hold: null, holds: [], waiting: 0, decisions: [] };
  const holder = { id: 'spring', kind: 'batch' as const, weight: 1, permits: 1, inFlight: 5, wants: 9 };
  const lines = formatAccount({
    ...rest,
    ...NO_BALANCE,
    limit: 0,
    inFlight: 5,
    holders: [holder],
    day: toDayStatus(newDay(0)),
  });
  expect(lines[0]).toBe('account a: 5 in flight, limit 0 · no rate limit met');
  expect(lines.join('\n')).toContain('spring  weight 1 · 1 permit · 5 in flight · could use 9');
});

test('times are those of this host, and say how far from UTC they are', () => {
  const at = new Date('2026-01-31T23:05:09.123Z');
  expect(Date.parse(formatLocalTime(at).replace(' ', 'T').replace(' ', ''))).toBe(at.getTime() - 123);
  expect(formatLocalTime(at)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d$/);
  expect(formatLocalTime(at)).toContain(formatLocalTimeOfDay(at));
});

test.each([
  ['Asia/Kolkata', '2026-02-01 04:35:09 +05:30'],
  ['America/New_York', '2026-01-31 18:05:09 -05:00'],
  ['UTC', '2026-01-31 23:05:09 +00:00'],
])('in %s', (TZ, shown) => {
  const script = `process.stdout.write(require(${JSON.stringify(require.resolve('../../dist/cli/terminal/local-time'))}).formatLocalTime(new Date('2026-01-31T23:05:09Z')))`;
  expect(execFileSync(process.execPath, ['-e', script], { env: { TZ } }).toString()).toBe(shown);
});
