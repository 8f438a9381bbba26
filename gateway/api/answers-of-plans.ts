/** Schemas of the answers about plans. */
import { z } from 'zod';
import { count } from './answer-parts';

const finding = z.object({
  line: count.nullable().describe('line of the body where the row begins, from 1; null: it has none'),
  key: z.string().nullable().describe('null: the row has no valid key'),
  field: z.string().describe('the column, or row'),
  problem: z.string().describe('what was found, and what is allowed'),
});

const cost = z
  .object({ amount: z.number(), unpriced: z.array(z.string()).readonly().describe('operations without a price') })
  .nullable()
  .describe('by the given prices; null: none was given');

export const batchPlanSchema = z
  .object({
    mayStart: z.boolean().describe('whether a batch may start from the rows'),
    complete: z.boolean().describe('false: the body cannot be read from the line of the last problem on'),
    rows: count.describe('valid + invalid + dropped'),
    valid: count,
    invalid: count,
    dropped: count.describe('rows left out as duplicates of an earlier row'),
    duplicates: count.describe('rows with the same request as an earlier row'),
    submissions: count.describe('paid POSTs if nothing is retried'),
    byOperation: z.partialRecord(z.string(), count).readonly().describe('paid POSTs of each operation'),
    steps: z
      .array(z.object({ id: z.string(), operation: z.string(), submissions: count }))
      .readonly()
      .optional()
      .describe('paid POSTs of each step; absent if the items have one step'),
    time: z
      .array(z.object({ concurrency: count.describe('jobs in flight'), ms: count }))
      .readonly()
      .describe('if nothing is refused and every job takes its typical time'),
    cost,
    sample: z
      .object({ rows: count, submissions: count, cost })
      .optional()
      .describe('of the sample; absent if none was asked for'),
    problems: z.array(finding).readonly().describe('the first 1,000'),
    problemCount: count,
    warnings: z.array(finding).readonly().describe('the first 1,000; they do not prevent a start'),
    warningCount: count,
  })
  .meta({ id: 'BatchPlan' });
