/** External dependencies of the activities, supplied by the worker or by a test. */
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
import type { Uploads } from './item/uploads';
import type { NotificationSender } from './notifications';
import type { ProcessPause } from './running/process-pause';
import type { ResultStore } from './store/result-store';

interface ActivityTimings {
  /** How long after submission the provider may answer that it does not know the job, in ms. Default 30 s. */
  readonly missingGraceMs: number;
  /** How long to retry the download of a completed job's result, with fresh URLs, in ms. Default 30 min. */
  readonly resultPatienceMs: number;
}

export const DEFAULT_TIMINGS: ActivityTimings = { missingGraceMs: 30_000, resultPatienceMs: 30 * 60_000 };

export interface ActivityDependencies {
  readonly api: ImagePipelineApi;
  readonly store: ResultStore;
  /** Returned to clients that ask for the worker's description. Default: absent. */
  readonly provider?: ProviderReference;
  /** Current time, in ms since the epoch. */
  readonly now: () => number;
  readonly random: Random;
  /** Limits of the plan, from the settings. */
  readonly bounds: PaceBounds;
  readonly timings: ActivityTimings;
  /** Job times learned by this worker; shared by all its activities because every ended job improves the estimate. */
  readonly jobTimes: JobTimes;
  /** Delay that saving one status read is worth, as a share of the mean job time. Default 0.02. */
  readonly readCost: number;
  /** Default `null`: callbacks are off. */
  readonly callbacks: CallbackSettings | null;
  /** Default `null`: notifications are refused. */
  readonly notifications: NotificationSender | null;
  /** Tracks lost answers of this process. */
  readonly answers: AnswerWatch;
  /** Tracks forbidden status reads of this process, which uses one API key. */
  readonly forbiddenReads: ForbiddenReads;
  /** Uploads in progress. */
  readonly uploads: Uploads;
  /** Detects pauses of this process. Default: never paused. */
  readonly processPause: ProcessPause;
  /** Combines permit requests of this worker's single items. */
  readonly asks: PermitAsks;
  /** Page claims that this worker has verified. */
  readonly claims: PageClaims;
  /** Counts failed store writes of this process. */
  readonly storeWrites: StoreWrites;
}
