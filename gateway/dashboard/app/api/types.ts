/** The answers of the HTTP API, by its own schemas. */
import type { z } from 'zod';
import type { accountSchema, batchListSchema, batchSchema, redriveSchema, resultSchema } from '../../../api/answers';
import type { problemSchema } from '../../../api/problem';

export type { SessionInfo } from '../../session-info';
export type Batch = z.output<typeof batchSchema>;
export type BatchList = z.output<typeof batchListSchema>;
export type ListedBatch = BatchList['batches'][number];
export type Redrive = z.output<typeof redriveSchema>;
export type Result = z.output<typeof resultSchema>;
export type Account = z.output<typeof accountSchema>;
export type Problem = z.output<typeof problemSchema>;
