/** `batch --schedule`: its flags, and what it says before it creates a schedule. */
import type { Command } from 'commander';
import { createFromSource, type TermsOfSchedule } from '../../client/batches/create-schedule';
import type { RowSource } from '../../client/batches/plan-batch';
import type { StartTermsOfBatch } from '../../client/batches/start-from-rows';
import type { ImagePipelineClient } from '../../client/client';
import type { Plan } from '../../input/plan';
import type { Unchecked } from '../../input/requests/batch-settings';
import { parseCron } from '../../input/requests/cron';
import {
  findScheduleProblems,
  findTimezoneProblem,
  OVERLAP_POLICIES,
  type ScheduleTerms,
} from '../../input/requests/schedule-terms';
import { resolveStart } from '../../input/requests/start-time';
import { formatCount } from '../../workflows/domain/base/format-count';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { CliContext } from '../context';
import { durationFlag } from '../duration';
import { EXIT, type ExitCode } from '../exit-codes';
import { toFlagProblems } from '../flag-problems';
import { UsageError } from '../usage-error';
import type { YesFlag } from './confirm';
import { formatSchedule } from './schedule-text';

/** Flag values from commander. */
export interface ScheduleFlags {
  readonly schedule?: string;
  readonly timezone?: string;
  readonly overlapPolicy?: string;
  readonly catchupWindow?: string;
}

export function addScheduleFlags(command: Command): Command {
  return command
    .option('--start-at <time>', 'submit nothing before this time, for instance 2026-12-01T02:00')
    .option('--schedule <cron>', 'run it at these times, each time as a batch of its own: "0 2 * * *" or @daily')
    .option('--timezone <zone>', 'time zone of --schedule and --start-at, for instance Europe/Berlin (default: UTC)')
    .option(
      '--overlap-policy <policy>',
      `what --schedule does while an earlier run runs: ${OVERLAP_POLICIES.join(', ')} (default: SKIP)`,
    )
    .option('--catchup-window <time>', 'how late --schedule may start a run after an outage (default: 10m)');
}

/** Flags of `batch` that say nothing about a schedule. */
const OTHER_FLAGS = ['add', 'sample', 'startAt', 'output', 'sidecar', 'detach', 'json', 'movedServer'] as const;

/** Parses the flags; `null`: the batch is not scheduled. Adds problems to `problems`. */
export function readSchedule(
  flags: ScheduleFlags & { readonly id?: string } & Unchecked<Record<(typeof OTHER_FLAGS)[number], unknown>>,
  problems: string[],
): ScheduleTerms | null {
  const { schedule, timezone, overlapPolicy, catchupWindow, id } = flags;
  if (schedule === undefined) {
    const times = flags.startAt === undefined ? { timezone } : {};
    for (const [name, value] of Object.entries({ ...times, overlapPolicy, catchupWindow }))
      if (value !== undefined) problems.push(...toFlagProblems([{ field: name, problem: 'requires --schedule' }]));
    return null;
  }
  for (const field of OTHER_FLAGS)
    if (flags[field] !== undefined)
      problems.push(...toFlagProblems([{ field, problem: 'cannot be given with --schedule' }]));
  const given = {
    schedule,
    ...withoutMissing({
      timezone,
      overlapPolicy: overlapPolicy?.toUpperCase().replaceAll('-', '_'),
      catchupWindowMs: durationFlag('--catchup-window', catchupWindow, problems),
    }),
  };
  problems.push(...toFlagProblems(findScheduleProblems({ id, ...given })));
  return given as ScheduleTerms;
}

/** The time of --start-at with its offset. Adds problems to `problems`. */
export function readStart(
  { startAt, timezone = 'UTC', schedule }: ScheduleFlags & { readonly startAt?: string },
  problems: string[],
): string | undefined {
  if (startAt === undefined || schedule !== undefined) return undefined;
  const zoneProblem = findTimezoneProblem(timezone);
  if (zoneProblem !== null) problems.push(`--timezone ${zoneProblem}`);
  const start = resolveStart(startAt, timezone);
  if (typeof start === 'string') return start;
  problems.push(`--start-at ${start.problem}`);
  return undefined;
}

/** Creates the schedule after it has said what each run pays, and asked. */
export async function createSchedule(
  client: ImagePipelineClient,
  source: RowSource,
  terms: StartTermsOfBatch & ScheduleTerms,
  report: (plan: Plan) => void,
  { flags, interrupted, context }: { flags: YesFlag; interrupted: AbortSignal; context: CliContext },
): Promise<ExitCode> {
  let bill = '';
  const prices = new Map(Object.entries(terms.prices ?? {}) as [OperationName, number][]);
  const priced = { ...source, plan: { ...source.plan, prices } };
  const { id = '', sample: _sample, startAt: _start, movedServer: _moved, ...rest } = terms;
  const wanted: TermsOfSchedule = { ...rest, id };
  const { plan, batch } = await createFromSource(client, priced, wanted, {
    signal: interrupted,
    onPlan: async (planned) => {
      report(planned);
      bill = formatBill(planned, terms.schedule);
    },
    confirm: () => confirm(bill, flags, context),
  });
  if (batch === null) return plan.mayStart ? EXIT.interrupted : EXIT.badInput;
  const status = await client.schedule(id).status();
  context.stderr.write(`${batch.alreadyCreated ? 'found' : 'created'} the schedule ${id}\n`);
  context.stdout.write(`${formatSchedule(status).join('\n')}\n`);
  return EXIT.done;
}

/** What each run pays, and all runs of a day. */
export function formatBill({ submissions, cost, valid }: Plan, schedule: string): string {
  const cron = parseCron(schedule);
  const times = 'timesADay' in cron ? cron.timesADay : 1;
  const amount = (runs: number) => {
    const paid = formatCount(submissions * runs, 'submission');
    const unpriced = cost?.unpriced.length ? `, without ${cost.unpriced.join(', ')}` : '';
    return cost === null ? paid : `${paid}, ${Number((cost.amount * runs).toPrecision(12))} by --price${unpriced}`;
  };
  const price = cost === null ? '\nThe cost is not known: add --price.' : '';
  return (
    `Each run of the schedule pays for ${valid === 1 ? 'its row' : `all ${formatCount(valid, 'row')}`} again: ` +
    `${amount(1)}.\nAt most ${formatCount(times, 'run')} a day: ${amount(times)} a day, until it is paused or deleted.${price}`
  );
}

/** Without a terminal nothing is asked, as for a batch. @throws UsageError if the answer is not yes */
async function confirm(bill: string, { yes }: YesFlag, { ask, stderr }: CliContext): Promise<void> {
  stderr.write(`${bill}\n`);
  if (yes === true || ask === undefined) return;
  const answer = await ask('Create the schedule? [y/N] ');
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new UsageError(['nothing was created; --yes skips the question']);
}
