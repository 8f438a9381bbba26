/** The answers of the HTTP API, by its own schemas. */
import type { z } from 'zod';
import type {
  batchListSchema,
  batchSchema,
  itemListSchema,
  itemSchema,
  redriveSchema,
  resultSchema,
  startedBatchSchema,
  startedItemSchema,
} from '../../../api/answers';
import type { accountSamplesSchema, accountSchema } from '../../../api/answers-of-account';
import type { batchPlanSchema } from '../../../api/answers-of-plans';
import type { batchRunsSchema, resultRequestSchema } from '../../../api/answers-of-runs';
import type { problemSchema } from '../../../api/problem';

export type { SessionInfo } from '../../session-info';
export type Batch = z.output<typeof batchSchema>;
export type BatchList = z.output<typeof batchListSchema>;
export type ListedBatch = BatchList['batches'][number];
export type BatchPlan = z.output<typeof batchPlanSchema>;
export type Item = z.output<typeof itemSchema>;
export type ItemList = z.output<typeof itemListSchema>;
export type StartedItem = z.output<typeof startedItemSchema>;
export type StartedBatch = z.output<typeof startedBatchSchema>;
export type Redrive = z.output<typeof redriveSchema>;
export type Result = z.output<typeof resultSchema>;
export type AccountSamples = z.output<typeof accountSamplesSchema>;
export type ResultRequest = z.output<typeof resultRequestSchema>;
export type RequestInput = ResultRequest['steps'][number]['inputs'][number];
export type ItemRun = ResultRequest['runs'][number];
export type BatchRuns = z.output<typeof batchRunsSchema>;
export type Account = z.output<typeof accountSchema>;
export type Problem = z.output<typeof problemSchema>;
