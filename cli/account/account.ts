import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { AccountHandle, AccountStatus } from '../../client/account/account-handle';
import { type AccountSettings, findAccountProblems } from '../../client/account/account-settings';
import { ImagePipelineClient } from '../../client/client';
import type { FieldProblem } from '../../input/requests/request-schema';
import type { GivenHours } from '../../workflows/domain/account/hours';
import { getOwn } from '../../workflows/domain/base/own-value';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { NOTIFY_HELP, numberIn } from '../batch/limit-flags';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { formatNotifications } from '../notifications-text';
import { catchInterrupts, untilClosed } from '../terminal/interrupts';
import { LiveLines } from '../terminal/live-lines';
import { describeOutage } from '../terminal/outage-text';
import { sayIfSlow } from '../terminal/slow-notice';
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
  readonly price?: readonly string[];
  readonly holdBelow?: string;
  readonly hours?: readonly string[];
  readonly timezone?: string;
  readonly notify?: string;
}

/** Adds `imagepipeline account status`, `hold`, `resume`, `set`, `limit` and `budget`. */
export const addAccountCommand: AddCommand = (program, context, done) => {
  const account = program
    .command('account')
    .description('show and change the limits, the daily budget and holds of the account');
  const add = (name: string, about: string) =>
    account.command(name).description(about).option('--json', 'print the status on stdout and nothing else');
  add('status', 'show the discovered limits, the holders of permits, holds and the last decisions')
    .option('--watch', 'refresh until Ctrl-C')
    .action(async (flags: AccountFlags) => done(await status(flags, context)));
  add('hold', 'stop all submissions until "resume"; jobs in flight are collected')
    .argument('[reason]', 'shown with the hold')
    .action(async (reason: string | undefined, flags: AccountFlags) =>
      done(await change(flags, context, (handle) => handle.hold(reason ?? ''))),
    );
  add('resume', 'end the hold; after missing credits or a wrong key, one item is submitted first as a probe').action(
    async (flags: AccountFlags) => done(await change(flags, context, (handle) => handle.resume())),
  );
  for (const [name, { about, addOptions, expected }] of Object.entries(SETTERS)) {
    addOptions(add(name, about)).action(async (flags: AccountFlags) => {
      const settings = settingsFrom(flags, expected);
      done(await change(flags, context, (handle) => handle.set(settings)));
    });
  }
};

interface Setter {
  readonly about: string;
  readonly addOptions: (command: Command) => Command;
  /** The problem if none of its flags is given. */
  readonly expected: string;
}

/** The commands that change settings; `limit` and `budget` cover a part of `set`. */
const SETTERS: Readonly<Record<string, Setter>> = {
  set: {
    about:
      'set upper bounds and the daily budget, which are never exceeded, the balance below which the account is held, the hours ' +
      'in which it spends, and where notifications go',
    addOptions: (command) =>
      addBudgetOptions(addLimitOptions(command))
        .option(
          '--hold-below <amount>',
          'hold the account while its balance is below this, for example 5usd or 500credits, or "none"',
        )
        .option(
          '--hours <windows...>',
          'spend only in these hours of the day, like 22:00-06:00; several are possible; "any" ends it',
        )
        .option('--timezone <zone>', 'time zone of --hours, for instance Europe/Berlin (default: UTC)')
        .option('--notify <address>', `${NOTIFY_HELP} when the account is held and when it is resumed, or "none"`),
    expected:
      'expected --max-concurrency, --max-rate, --submissions, --cost, --price, --hold-below, --hours or --notify',
  },
  limit: {
    about: 'set upper bounds that are never exceeded, whatever limits are discovered',
    addOptions: addLimitOptions,
    expected: 'expected --max-concurrency, --max-rate, or both',
  },
  budget: {
    about: 'set the daily budget, from midnight to midnight UTC',
    addOptions: addBudgetOptions,
    expected: 'expected --submissions, --cost or --price',
  },
};

function addLimitOptions(command: Command): Command {
  return command
    .option('--max-concurrency <jobs>', 'maximum of jobs in flight, or "none"')
    .option('--max-rate <submissions>', 'maximum of submissions per second, or "none"');
}

function addBudgetOptions(command: Command): Command {
  return command
    .option('--submissions <count>', 'maximum of submissions per day, or "none"')
    .option('--cost <amount>', 'maximum cost per day, in the unit of the prices, or "none"')
    .option(
      '--price <prices...>',
      'cost of a submission of single items, and of batches without --price: 0.04; or of single items of one operation: generate/video=1',
    );
}

const FLAG_BY_FIELD: Readonly<Record<string, string>> = {
  'limits.maxConcurrency': '--max-concurrency',
  'limits.maxRate': '--max-rate',
  'budget.submissions': '--submissions',
  'budget.cost': '--cost',
  'budget.price': '--price',
  'budget.prices': '--price',
  'holdBelow.usd': '--hold-below',
  'holdBelow.credits': '--hold-below',
  hours: '--hours',
  'hours.timezone': '--timezone',
  notify: '--notify',
};

/** @throws UsageError with every problem */
function settingsFrom(
  { maxConcurrency, maxRate, submissions, cost, price, holdBelow: least, notify, ...times }: AccountFlags,
  expected: string,
): AccountSettings {
  const limits = amountsIn({ maxConcurrency, maxRate });
  const budget = { ...amountsIn({ submissions, cost }), ...readPrices(price) };
  const holdBelow = readHoldBelow(least);
  const given = Object.entries({ limits, budget, holdBelow }).filter(([, part]) => Object.keys(part).length > 0);
  const hours = readHours(times);
  if (given.length === 0 && notify === undefined && hours === undefined) throw new UsageError([expected]);
  const receiver = notify === undefined ? {} : { notify: notify === 'none' ? null : notify };
  const settings = { ...Object.fromEntries(given), ...withoutMissing({ hours }), ...receiver };
  const problems = findAccountProblems(settings);
  if (problems.length === 0) return settings;
  throw new UsageError(problems.map(toFlagProblem));
}

/** A flag has "none" where the library has `null`. */
function toFlagProblem({ field, problem }: FieldProblem): string {
  return `${getOwn(FLAG_BY_FIELD, field) ?? field} ${problem.replace(/ or null$/, ' or "none"')}`;
}

/** @throws UsageError */
function readHours({ hours, timezone }: Pick<AccountFlags, 'hours' | 'timezone'>): GivenHours | null | undefined {
  if (hours === undefined && timezone !== undefined) throw new UsageError(['--timezone requires --hours']);
  if (hours === undefined) return undefined;
  const windows = hours.flatMap((text) => text.split(',')).map((text) => text.trim());
  if (windows.length === 1 && windows[0] === 'any') return null;
  return { windows, ...withoutMissing({ timezone }) };
}

/** @throws UsageError */
function readHoldBelow(text: string | undefined): Readonly<Record<string, number | null>> {
  if (text === undefined) return {};
  if (text === 'none') return { usd: null, credits: null };
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(usd|credits)$/i.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined)
    throw new UsageError([`--hold-below is "${text}"; must be like 5usd or 500credits, or "none"`]);
  return { [unit.toLowerCase()]: Number(amount) };
}

/** Parses `0.04` and `generate/video=1`; the library reports invalid amounts. */
function readPrices(texts: readonly string[] = []): Readonly<Record<string, unknown>> {
  const [named, plain] = [texts.filter((text) => text.includes('=')), texts.filter((text) => !text.includes('='))];
  const prices = named.map((text) => [text.slice(0, text.indexOf('=')), numberIn(text.slice(text.indexOf('=') + 1))]);
  return {
    ...amountsIn({ price: plain.at(-1) }),
    ...(prices.length === 0 ? {} : { prices: Object.fromEntries(prices) }),
  };
}

/** Parses amounts. `none` removes a bound; the library reports invalid amounts. */
function amountsIn(texts: Readonly<Record<string, string | undefined>>): Readonly<Record<string, unknown>> {
  const given = Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(
    given.map(([name, text]): [string, unknown] => [name, text === 'none' ? null : numberIn(text)]),
  );
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

function formatAll(status: AccountStatus): readonly string[] {
  return [...formatAccount(status), ...formatNotifications(status.notifications)];
}

function print(status: AccountStatus, { json }: AccountFlags, context: CliContext): void {
  const text = json === true ? JSON.stringify(status) : withCommands(formatAll(status).join('\n'), context);
  context.stdout.write(`${text}\n`);
}

async function status(flags: AccountFlags, context: CliContext): Promise<ExitCode> {
  if (flags.watch !== true) return change(flags, context, (account) => account.status());
  const client = await ImagePipelineClient.connect({ env: context.env });
  const interrupts = catchInterrupts();
  const interrupted = untilClosed(interrupts.signal, flags.json === true ? context.stdout : context.stderr);
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

/** Shows the account. A watch waits for a missing worker or server. */
async function showAccount(
  account: AccountHandle,
  lines: LiveLines,
  flags: AccountFlags,
  context: CliContext,
): Promise<void> {
  try {
    const now = await account.status();
    if (flags.json === true) print(now, flags, context);
    else lines.show(formatAll(now));
  } catch (error) {
    const words = describeOutage(error);
    if (words === null) throw error;
    lines.show([words]);
  }
}
