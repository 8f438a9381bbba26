import type { AccountActivities } from '../workflows/domain/account/activity-contract';
import type { CallActivities } from '../workflows/domain/account/api-calls';
import type {
  BatchActivities,
  ScheduleActivities,
  WorkerActivities,
} from '../workflows/domain/batch/activity-contract';
import type { ItemActivities } from '../workflows/domain/item/activity-contract';
import type { NotificationActivities } from '../workflows/domain/notifications/delivery';
import { NO_BOUNDS } from '../workflows/domain/pace/pace';
import { findEndedHolders, joinAccount, requestRegistrations } from './account/account-activities';
import { callApi } from './account/call-api';
import { computeHours } from './account/compute-hours';
import { PermitAsks } from './account/permit-requests';
import { StoreWrites } from './account/store-writes';
import { storeRows } from './batch/batch-rows';
import { cancelParts, closeDeadPage, closeItems, findDeadPages } from './batch/dead-pages';
import { describeWorker } from './batch/describe-worker';
import { loadPage, reportPage } from './batch/page-activities';
import { PageClaims } from './batch/page-claims';
import { storeScheduledRun } from './batch/scheduled-rows';
import { endWorkflows, findStuckWorkflows } from './batch/stuck-workflows';
import { type ActivityDependencies, DEFAULT_TIMINGS } from './dependencies';
import { AnswerWatch } from './item/answer-watch';
import { awaitJob } from './item/await-job';
import { ForbiddenReads } from './item/forbidden-reads';
import { openSteps } from './item/open-steps';
import { JobTimes } from './item/polling/job-times';
import { DEFAULT_READ_COST } from './item/polling/polling';
import { reportingToGovernor } from './item/report-to-governor';
import { resolveInputs } from './item/resolve-inputs';
import { keepResult } from './item/single-item';
import { submitJob } from './item/submit-job';
import { findUnreportedJob } from './item/unreported-jobs';
import { uploadInputs } from './item/upload-inputs';
import { Uploads } from './item/uploads';
import { deliverNotification } from './notifications/deliver-notification';
import { withHeartbeat } from './running/heartbeat';
import { NO_PROCESS_PAUSE } from './running/process-pause';

/** Required dependencies; all others have defaults. */
export type ActivityOptions = Pick<ActivityDependencies, 'api' | 'store'> & Partial<ActivityDependencies>;

/** Creates the activities with their dependencies, ready to register with a worker. */
export function createActivities(
  options: ActivityOptions,
): ItemActivities &
  BatchActivities &
  ScheduleActivities &
  AccountActivities &
  CallActivities &
  WorkerActivities &
  NotificationActivities {
  const defaults = {
    now: Date.now,
    random: Math.random,
    timings: DEFAULT_TIMINGS,
    bounds: NO_BOUNDS,
    jobTimes: new JobTimes(),
    readCost: DEFAULT_READ_COST,
    callbacks: null,
    notifications: null,
    answers: new AnswerWatch(),
    forbiddenReads: new ForbiddenReads(),
    processPause: NO_PROCESS_PAUSE,
    asks: new PermitAsks(),
    claims: new PageClaims(),
    storeWrites: new StoreWrites(),
    uploads: new Uploads(),
  };
  const dependencies = { ...defaults, ...options };
  return {
    resolveInputs: (values) => withSilentHeartbeat(() => resolveInputs(dependencies, values)),
    openSteps: (input) => withSilentHeartbeat(() => openSteps(dependencies, input)),
    uploadInputs: (input) => withSilentHeartbeat(() => uploadInputs(dependencies, input)),
    submitJob: (input) => submitJob(dependencies, input),
    findUnreportedJob: (lost) => withSilentHeartbeat(() => findUnreportedJob(dependencies, lost)),
    awaitJob: (input) =>
      reportingToGovernor(input, () => keepResult(dependencies, input, () => awaitJob(dependencies, input))),
    storeRows: (input) => withSilentHeartbeat(() => storeRows(dependencies, input)),
    storeScheduledRun: (input) => withSilentHeartbeat(() => storeScheduledRun(dependencies, input)),
    loadPage: (page) => withSilentHeartbeat(() => loadPage(dependencies, page)),
    reportPage: (input) => withSilentHeartbeat(() => reportPage(dependencies, input)),
    closeItems: (input) => withSilentHeartbeat(() => closeItems(dependencies, input)),
    closeDeadPage: (page) => withSilentHeartbeat(() => closeDeadPage(dependencies, page)),
    cancelParts: (input) => withSilentHeartbeat(() => cancelParts(dependencies, input)),
    findDeadPages: (input) => withSilentHeartbeat(() => findDeadPages(input)),
    findStuckWorkflows: (input) => withSilentHeartbeat(() => findStuckWorkflows(input)),
    endWorkflows: (ids) => withSilentHeartbeat(() => endWorkflows(ids)),
    joinAccount: (input) => joinAccount(dependencies, input),
    findEndedHolders: (holders) => findEndedHolders(holders),
    requestRegistrations: (account) => requestRegistrations(account),
    computeHours: async (hours) => computeHours(hours, dependencies.now()),
    callApi: (call) => withSilentHeartbeat(() => callApi(dependencies, call)),
    deliverNotification: (input) => deliverNotification(dependencies, input),
    describeWorker: () => describeWorker(dependencies),
  };
}

function withSilentHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  return withHeartbeat(() => undefined, work);
}
