/** When and how a schedule starts its batches. */
import { findDurationProblem } from '../../workflows/domain/base/durations';
import { findScheduleIdProblem } from '../../workflows/domain/batch/scheduled-run';
import type { Unchecked } from './batch-settings';
import { parseCron } from './cron';
import type { FieldProblem } from './request-schema';

/**
 * What happens at a scheduled time while the batch of an earlier one runs, by Temporal's names. `TERMINATE_OTHER` is not
 * offered: a terminated workflow leaves no report of its payments.
 */
export const OVERLAP_POLICIES = ['SKIP', 'BUFFER_ONE', 'BUFFER_ALL', 'CANCEL_OTHER', 'ALLOW_ALL'] as const;
/** What happens at a scheduled time while the batch of an earlier one runs. */
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** Times of a schedule. */
export interface ScheduleTerms {
  /**
   * Cron expression of five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. A day must match both its day
   * of the month and its day of the week.
   */
  readonly schedule: string;
  /** Time zone of the expression, for example `Europe/Berlin`. Default `UTC`. */
  readonly timezone?: string;
  /** What happens while an earlier batch of the schedule runs. Default `SKIP`: nothing is started. */
  readonly overlapPolicy?: OverlapPolicy;
  /**
   * How late a batch may start, in ms, if the server was away at its time; later ones are missed. From 10 s to 24 days.
   * Default 10 min.
   */
  readonly catchupWindowMs?: number;
}

/** Terms with their defaults. */
export type FullScheduleTerms = Required<ScheduleTerms>;

const DEFAULTS = { timezone: 'UTC', overlapPolicy: 'SKIP', catchupWindowMs: 10 * 60_000 } as const;
/** Temporal's minimum. */
const MIN_CATCHUP_MS = 10_000;

/** The first problem of a cron expression; `null`: it is valid. */
export function findCronProblem(schedule: unknown): string | null {
  const cron = parseCron(schedule);
  return 'problems' in cron ? (cron.problems[0] ?? null) : null;
}

/** Converts terms without problems. */
export function toFullTerms({ schedule, timezone, overlapPolicy, catchupWindowMs }: ScheduleTerms): FullScheduleTerms {
  return {
    schedule: schedule.trim().split(/\s+/).join(' '),
    timezone: timezone ?? DEFAULTS.timezone,
    overlapPolicy: overlapPolicy ?? DEFAULTS.overlapPolicy,
    catchupWindowMs: catchupWindowMs ?? DEFAULTS.catchupWindowMs,
  };
}

/** Returns every problem of the id and the terms. */
export function findScheduleProblems(
  given: Unchecked<ScheduleTerms & { readonly id: string }>,
): readonly FieldProblem[] {
  const { id, schedule, timezone, overlapPolicy, catchupWindowMs } = given;
  const idProblem = id === undefined ? 'is missing; a schedule needs a name' : findScheduleIdProblem(id);
  const cron = parseCron(schedule);
  return [
    ...toProblems('id', idProblem),
    ...('problems' in cron ? cron.problems : []).map((problem) => ({ field: 'schedule', problem })),
    ...toProblems('timezone', timezone === undefined ? null : findTimezoneProblem(timezone)),
    ...toProblems('overlapPolicy', findPolicyProblem(overlapPolicy)),
    ...toProblems('catchupWindowMs', findCatchupProblem(catchupWindowMs)),
  ];
}

function toProblems(field: string, problem: string | null): readonly FieldProblem[] {
  return problem === null ? [] : [{ field, problem }];
}

function findPolicyProblem(policy: unknown): string | null {
  if (policy === undefined || OVERLAP_POLICIES.some((one) => one === policy)) return null;
  return `is ${JSON.stringify(policy)}; must be one of ${OVERLAP_POLICIES.join(', ')}`;
}

/** The problem with a catch-up window; `null`: it is valid. */
export function findCatchupProblem(ms: unknown): string | null {
  if (ms === undefined) return null;
  const problem = findDurationProblem(ms);
  if (problem !== null) return problem;
  return Number(ms) >= MIN_CATCHUP_MS ? null : `is ${String(ms)}; must be at least ${MIN_CATCHUP_MS} ms`;
}

/** Temporal knows zones by the names of the IANA database, in their own case; offsets like +02:00 are none. */
export function findTimezoneProblem(timezone: unknown): string | null {
  const right = 'must be a name of the IANA database, like Europe/Berlin or UTC';
  const shown = JSON.stringify(timezone);
  if (typeof timezone !== 'string' || !/^[A-Za-z]/.test(timezone)) return `is ${shown}; ${right}`;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
    const isOtherCase = known !== timezone && known.toLowerCase() === timezone.toLowerCase();
    return isOtherCase ? `is ${shown}; did you mean ${known}?` : null;
  } catch (error) {
    if (error instanceof RangeError) return `is ${shown}; ${right}`;
    throw error;
  }
}
