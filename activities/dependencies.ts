/** What the activities need from outside; given by the worker, or by a test. */
import type { ProviderReference } from '../workflows/domain/batch/activity-contract';
import type { Random } from '../workflows/domain/failures/backoff';
import type { PaceBounds } from '../workflows/domain/pace/pace';
import type { PermitAsks } from './account/permit-requests';
import type { StoreWrites } from './account/store-writes';
import type { PageClaims } from './batch/page-claims';
import type { CallbackSettings } from './callback';
import type { ImagePipelineApi } from './imagepipeline/api';
import type { AnswerWatch } from './item/answer-watch';
import type { ForbiddenReads } from './item/forbidden-reads';
import type { JobTimes } from './item/polling/job-times';
import type { ProcessPause } from './running/process-pause';
import type { ResultStore } from './store/result-store';

interface ActivityTimings {
  /** How long a job that we just submitted may be unknown to the provider, in ms. Default 30 s. */
  readonly missingGraceMs: number;
  /** How long the result of a completed job is tried for, with fresh addresses, in ms. Default 30 min. */
  readonly resultPatienceMs: number;
}

export const DEFAULT_TIMINGS: ActivityTimings = { missingGraceMs: 30_000, resultPatienceMs: 30 * 60_000 };

export interface ActivityDependencies {
  readonly api: ImagePipelineApi;
  readonly store: ResultStore;
  /** Told to clients that ask what the worker is; default nothing. */
  readonly provider?: ProviderReference;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly random: Random;
  /** What the settings say of the plan. */
  readonly bounds: PaceBounds;
  readonly timings: ActivityTimings;
  /** Shared by all activities of a worker, for each job that ends teaches when to read the next. */
  readonly jobTimes: JobTimes;
  /** Delay that one status read is worth, as a share of the mean job time. Default 0.02. */
  readonly readCost: number;
  /** Default `null`: no callbacks are asked for. */
  readonly callbacks: CallbackSettings | null;
  /** Of this process. */
  readonly answers: AnswerWatch;
  /** Of this process, which has one key. */
  readonly forbiddenReads: ForbiddenReads;
  /** Of this process. Default: it never stands still. */
  readonly processPause: ProcessPause;
  /** Of single images whose permits this worker asks for. */
  readonly asks: PermitAsks;
  /** Of pages whose items this worker submits. */
  readonly claims: PageClaims;
  /** Of this process. */
  readonly storeWrites: StoreWrites;
}
