/** Schemas of schedules: their requests and answers. */
import { z } from 'zod';
import {
  findCatchupProblem,
  findCronProblem,
  findTimezoneProblem,
  OVERLAP_POLICIES,
} from '../../input/requests/schedule-terms';
import { MAX_SCHEDULE_ID_LENGTH } from '../../workflows/domain/batch/scheduled-run';
import { findReasonProblem } from '../../workflows/domain/batch/settings-checks';
import { count, time, warnings } from './answer-parts';
import { batchBody } from './batch-json';
import { refineSchema } from './refine-schema';
import { idSchema, prefixSchema } from './requests';

/** Five fields, or a short form. */
const CRON_PATTERN =
  '^(@(hourly|daily|weekly|monthly|yearly)|[0-9*,/-]+ [0-9*,/-]+ [0-9*,/-]+ [0-9A-Za-z*,/-]+ [0-9A-Za-z*,/-]+)$';
/** 10 s to 24 days, in ms. */
const CATCHUP_BOUNDS = { minimum: 10_000, maximum: 2_073_600_000 };

export const scheduleBody = batchBody
  .omit({ id: true, sample: true, startAt: true, movedServer: true })
  .extend({
    id: idSchema
      .meta({ maxLength: MAX_SCHEDULE_ID_LENGTH })
      .describe('your name for the schedule; the ids of its batches begin with it'),
    schedule: refineSchema(z.string(), findCronProblem)
      .meta({ pattern: CRON_PATTERN })
      .describe('cron expression of five fields, or @hourly, @daily, @weekly, @monthly, @yearly'),
    timezone: refineSchema(z.string(), findTimezoneProblem)
      .meta({ minLength: 1 })
      .optional()
      .describe('time zone of the expression, by its name in the IANA database; default UTC'),
    overlapPolicy: z
      .enum(OVERLAP_POLICIES)
      .optional()
      .describe('what happens while an earlier batch of the schedule runs; default SKIP'),
    catchupWindowMs: refineSchema(z.int(), findCatchupProblem)
      .meta(CATCHUP_BOUNDS)
      .optional()
      .describe('how late a batch may start after an outage of the server, in ms; default 10 minutes'),
  })
  .describe('rows, or a recipe, with settings and times');

export const pauseBody = z.strictObject({
  note: refineSchema(z.string(), findReasonProblem)
    .meta({ maxLength: 200 })
    .optional()
    .describe('shown with the schedule'),
});

export const scheduleListQuery = z.strictObject({
  prefix: prefixSchema.optional().describe('only ids that begin with this'),
});

const run = z.object({
  batchId: z.string(),
  scheduledAt: time.describe('the time that it was scheduled for, or triggered at'),
});

const listed = {
  id: z.string(),
  schedule: z.string().describe('the cron expression'),
  timezone: z.string(),
  paused: z.boolean(),
  note: z.string().nullable().describe('reason of the pause'),
  items: count.describe('items of each run'),
  nextRuns: z.array(time).readonly().describe('next scheduled times; a paused schedule starts nothing then'),
  recentRuns: z.array(run).readonly().describe('the last runs that were started, each once, oldest first'),
};

export const scheduleListSchema = z
  .object({ schedules: z.array(z.object(listed)).readonly() })
  .meta({ id: 'ScheduleList' });

export const scheduleSchema = z
  .object({
    ...listed,
    overlapPolicy: z.enum(OVERLAP_POLICIES),
    catchupWindowMs: count,
    running: z.array(z.string()).readonly().describe('batches of the schedule that run now'),
    counts: z.object({
      started: count.describe('also starts that found the run of their minute, and started nothing'),
      skipped: count.describe('not started, because an earlier one was running'),
      missed: count.describe('not started, because the server was away for longer than the catch-up window'),
    }),
    createdAt: time,
  })
  .meta({ id: 'Schedule' });

export const createdScheduleSchema = z
  .object({
    id: z.string(),
    alreadyCreated: z.boolean().describe('true: this schedule exists, and nothing was created'),
    items: count,
    skipped: count.describe('rows that were left out'),
    warnings,
  })
  .meta({ id: 'CreatedSchedule' });

export const triggeredSchema = z
  .object({
    id: z.string(),
    run: run
      .extend({
        alreadyStarted: z
          .boolean()
          .describe('true: it was started within the same minute, and nothing was started now'),
      })
      .nullable()
      .describe('null: nothing was started, because an earlier run is running'),
  })
  .meta({ id: 'TriggeredSchedule' });
