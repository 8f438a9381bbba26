import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { AccountHandle } from '../../client/account/account-handle';
import { ImagePipelineClient } from '../../client/client';
import type { AccountStatus } from '../../workflows/domain/account/account-status';
import { findDayCapProblem } from '../../workflows/domain/batch/settings-checks';
import type { DayCap } from '../../workflows/domain/money/day-budget';
import type { PaceBounds } from '../../workflows/domain/pace/pace';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { catchInterrupts } from '../terminal/interrupts';
import { LiveLines } from '../terminal/live-lines';
import { describeOutage } from '../terminal/outage-text';
import { sayIfSlow } from '../terminal/slow-notice';
import { untilUnseen } from '../terminal/until-unseen';
import { UsageError } from '../usage-error';
import { formatAccount } from './account-text';

const POLL_INTERVAL_MS = 1_000;

interface AccountFlags {
  readonly json?: true;
  readonly watch?: true;
  readonly maxConcurrency?: string;
  readonly maxRate?: string;
  readonly submissions?: string;
  readonly cost?: string;
  readonly price?: string;
}

/** Adds `imagepipeline account status`, `hold`, `resume`, `limit` and `budget`. */
export const addAccountCommand: AddCommand = (program, context, done) => {
  const account = program.command('account').description('the limits of the account, who uses them, and holds');
  const add = (name: string, about: string) =>
    account.command(name).description(about).option('--json', 'print the status on stdout and nothing else');
  add('status', 'discovered limits, holders of permits, hold, and the last decisions')
    .option('--watch', 'repeat until Ctrl-C')
    .action(async (flags: AccountFlags) => done(await status(flags, context)));
  add('hold', 'stop all submissions until "resume"; jobs in flight are collected')
    .argument('[reason]', 'shown with the hold')
    .action(async (reason: string | undefined, flags: AccountFlags) =>
      done(await change(flags, context, (handle) => handle.hold(reason ?? ''))),
    );
  add('resume', 'end the hold; after missing credits or a wrong key one item is submitted first, as a probe').action(
    async (flags: AccountFlags) => done(await change(flags, context, (handle) => handle.resume())),
  );
  addLimitOptions(add('limit', 'set upper bounds that are never exceeded, whatever limits are discovered')).action(
    async (flags: AccountFlags) => {
      const bounds = readBounds(flags);
      done(await change(flags, context, (handle) => handle.limit(bounds)));
    },
  );
  addBudgetOptions(add('budget', 'set what may be spent a day, from midnight to midnight UTC')).action(
    async (flags: AccountFlags) => {
      const cap = readCap(flags);
      done(await change(flags, context, (handle) => handle.budget(cap)));
    },
  );
};

function addLimitOptions(command: Command): Command {
  return command
    .option('--max-concurrency <jobs>', 'jobs in flight at the most, or "none"')
    .option('--max-rate <submissions>', 'submissions a second at the most, or "none"');
}

function addBudgetOptions(command: Command): Command {
  return command
    .option('--submissions <count>', 'submissions a day at the most, or "none"')
    .option('--cost <amount>', 'cost a day at the most, in the unit of the prices, or "none"')
    .option('--price <amount>', 'of a single image, and of a submission of batches without --price');
}

/** @throws UsageError with every problem */
function readBounds({ maxConcurrency, maxRate }: AccountFlags): Partial<PaceBounds> {
  const problems: string[] = [];
  const bounds = {
    ...(maxConcurrency === undefined ? {} : { maxConcurrency: amount('--max-concurrency', maxConcurrency, problems) }),
    ...(maxRate === undefined ? {} : { maxRate: amount('--max-rate', maxRate, problems) }),
  };
  if (Object.keys(bounds).length === 0) problems.push('expected --max-concurrency, --max-rate, or both');
  if (problems.length > 0) throw new UsageError(problems);
  return bounds;
}

/** @throws UsageError with every problem */
function readCap({ submissions, cost, price }: AccountFlags): Partial<DayCap> {
  const problems: string[] = [];
  const cap = {
    ...(submissions === undefined ? {} : { submissions: amount('--submissions', submissions, problems) }),
    ...(cost === undefined ? {} : { cost: amount('--cost', cost, problems) }),
    ...(price === undefined ? {} : { price: amount('--price', price, problems) ?? 0 }),
  };
  if (Object.keys(cap).length === 0) problems.push('expected --submissions, --cost, or both');
  if (typeof cap.cost === 'number' && cap.price === undefined) {
    problems.push('--cost requires --price: without it the cost of a single image is not known');
  }
  const problem = problems.length > 0 ? null : findDayCapProblem(cap);
  if (problem !== null) problems.push(problem);
  if (problems.length > 0) throw new UsageError(problems);
  return cap;
}

function amount(flag: string, text: string, problems: string[]): number | null {
  if (text === 'none') return null;
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) <= 0)
    problems.push(`${flag} is "${text}"; must be a number above 0, or "none"`);
  return Number(text);
}

async function change(
  flags: AccountFlags,
  context: CliContext,
  work: (account: AccountHandle) => Promise<AccountStatus>,
): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env: context.env });
  try {
    print(await sayIfSlow(context, () => work(client.account())), flags, context);
    return EXIT.done;
  } finally {
    await client.close();
  }
}

function print(status: AccountStatus, { json }: AccountFlags, context: CliContext): void {
  const text = json === true ? JSON.stringify(status) : withCommands(formatAccount(status).join('\n'), context);
  context.stdout.write(`${text}\n`);
}

async function status(flags: AccountFlags, context: CliContext): Promise<ExitCode> {
  if (flags.watch !== true) return change(flags, context, (account) => account.status());
  const client = await ImagePipelineClient.connect({ env: context.env });
  const interrupts = catchInterrupts();
  const interrupted = untilUnseen(interrupts.signal, flags.json === true ? context.stdout : context.stderr);
  const lines = LiveLines.of(context);
  try {
    while (!interrupted.aborted) {
      await showAccount(client.account(), lines, flags, context);
      await sleep(POLL_INTERVAL_MS, undefined, { signal: interrupted }).catch(() => undefined);
    }
    return EXIT.done;
  } finally {
    interrupts.release();
    await client.close();
  }
}

/** A watch waits for a worker or a server that is missing, as the work does. */
async function showAccount(
  account: AccountHandle,
  lines: LiveLines,
  flags: AccountFlags,
  context: CliContext,
): Promise<void> {
  try {
    const now = await account.status();
    if (flags.json === true) print(now, flags, context);
    else lines.show(formatAccount(now));
  } catch (error) {
    const words = describeOutage(error);
    if (words === null) throw error;
    lines.show([words]);
  }
}
