import type {
  AccountActivities,
  BatchActivities,
  ImageActivities,
  WorkerActivities,
} from '../workflows/domain/activity-contract';
import { NO_BOUNDS } from '../workflows/domain/pace';
import { callRoll, findEndedHolders, joinAccount } from './account-activities';
import { AnswerWatch } from './answer-watch';
import { awaitJob } from './await-job';
import { beating } from './beating';
import { cancelParts, closeDeadPage, closeItems, findDeadPages } from './dead-pages';
import { type ActivityDependencies, DEFAULT_TIMINGS } from './dependencies';
import { describeWorker } from './describe-worker';
import { ForbiddenReads } from './forbidden-reads';
import { JobTimes } from './job-times';
import { loadPage, reportPage } from './page-activities';
import { PageClaims } from './page-claims';
import { PermitAsks } from './permit-asks';
import { DEFAULT_READ_COST } from './polling';
import { keepingItsResult } from './single-item';
import { NO_STANDSTILL } from './standstill';
import { StoreWrites } from './store-writes';
import { endWorkflows, findStuckWorkflows } from './stuck-workflows';
import { submitJob } from './submit-job';
import { tellingItsEnd } from './tell-end';

/** What must be given; the rest has defaults. */
export type ActivityOptions = Pick<ActivityDependencies, 'api' | 'store'> & Partial<ActivityDependencies>;

/** The activities over their dependencies, ready for a worker. */
export function createActivities(
  options: ActivityOptions,
): ImageActivities & BatchActivities & AccountActivities & WorkerActivities {
  const defaults = {
    now: Date.now,
    random: Math.random,
    timings: DEFAULT_TIMINGS,
    bounds: NO_BOUNDS,
    jobTimes: new JobTimes(),
    readCost: DEFAULT_READ_COST,
    callbacks: null,
    answers: new AnswerWatch(),
    forbiddenReads: new ForbiddenReads(),
    standstill: NO_STANDSTILL,
    asks: new PermitAsks(),
    claims: new PageClaims(),
    storeWrites: new StoreWrites(),
  };
  const dependencies = { ...defaults, ...options };
  return {
    submitJob: (input) => submitJob(dependencies, input),
    awaitJob: (input) =>
      tellingItsEnd(input, () => keepingItsResult(dependencies, input, () => awaitJob(dependencies, input))),
    loadPage: (page) => beatingSilently(() => loadPage(dependencies, page)),
    reportPage: (input) => beatingSilently(() => reportPage(dependencies, input)),
    closeItems: (input) => beatingSilently(() => closeItems(dependencies, input)),
    closeDeadPage: (page) => beatingSilently(() => closeDeadPage(dependencies, page)),
    cancelParts: (input) => beatingSilently(() => cancelParts(dependencies, input)),
    findDeadPages: (input) => beatingSilently(() => findDeadPages(input)),
    findStuckWorkflows: (input) => beatingSilently(() => findStuckWorkflows(input)),
    endWorkflows: (ids) => beatingSilently(() => endWorkflows(ids)),
    joinAccount: (input) => joinAccount(dependencies, input),
    findEndedHolders: (holders) => findEndedHolders(holders),
    callRoll: (account) => callRoll(account),
    describeWorker: () => describeWorker(dependencies),
  };
}

function beatingSilently<T>(work: () => Promise<T>): Promise<T> {
  return beating(() => undefined, work);
}
