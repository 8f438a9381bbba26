/** The runs of a schedule: each is a batch of its own. Pure. */
import { brokenKeyRule } from '../base/safe-key';
import type { InputProblem } from '../item/application-failure';

/** The workflow that a schedule starts. */
export const SCHEDULED_BATCH_TYPE = 'imagePipelineScheduledBatch';

/** `-YYYYMMDDTHHMM`, which follows the id of the schedule in the id of each run. */
const SUFFIX_LENGTH = 14;
export const MAX_SCHEDULE_ID_LENGTH = 128 - SUFFIX_LENGTH;

/** The problem with the id of a schedule; `null` if the ids of its runs are safe, too. */
export function findScheduleIdProblem(id: unknown): string | null {
  if (typeof id !== 'string') return 'must be a text';
  const rule = brokenKeyRule(id);
  if (rule !== null) return `is ${JSON.stringify(id)}; ${rule}`;
  if (id.length <= MAX_SCHEDULE_ID_LENGTH) return null;
  return `has ${id.length} characters; must have at most ${MAX_SCHEDULE_ID_LENGTH}, because the ids of its runs are longer`;
}

/**
 * The batch id of a run, by the minute that it is scheduled for. In UTC: where clocks are put back, the same local minute
 * comes twice, and these are two runs.
 */
export function toRunId(schedule: string, scheduledAt: Date): string {
  return `${schedule}-${scheduledAt.toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}`;
}

/** Beginning of the workflow ids that Temporal gives to what a schedule starts. */
export function toStarterId(schedule: string): string {
  return `~schedule/${schedule}`;
}

const STARTED_AT = /-(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/** The scheduled time in a workflow id that Temporal has made; `null` if there is none. */
export function findStarterTime(workflowId: string): Date | null {
  const [, time] = STARTED_AT.exec(workflowId) ?? [];
  return time === undefined ? null : new Date(time);
}

/** Every problem of a workflow that no schedule has started. */
export function findStarterProblems(scheduledAt: Date | undefined): readonly InputProblem[] {
  if (scheduledAt !== undefined) return [];
  return [
    { field: 'the workflow', problem: `was started by hand; ${SCHEDULED_BATCH_TYPE} is started by schedules only` },
  ];
}
