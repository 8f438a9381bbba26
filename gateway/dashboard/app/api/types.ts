/** The answers of the HTTP API, by its own schemas. */
import type { z } from 'zod';
import type {
  accountSchema,
  batchListSchema,
  batchSchema,
  redriveSchema,
  resultSchema,
  startedBatchSchema,
} from '../../../api/answers';
import type { batchPlanSchema } from '../../../api/answers-of-plans';
import type { problemSchema } from '../../../api/problem';

export type { SessionInfo } from '../../session-info';
export type Batch = z.output<typeof batchSchema>;
export type BatchList = z.output<typeof batchListSchema>;
export type ListedBatch = BatchList['batches'][number];
export type BatchPlan = z.output<typeof batchPlanSchema>;
export type StartedBatch = z.output<typeof startedBatchSchema>;
export type Redrive = z.output<typeof redriveSchema>;
export type Result = z.output<typeof resultSchema>;
export type Account = z.output<typeof accountSchema>;
export type Problem = z.output<typeof problemSchema>;
