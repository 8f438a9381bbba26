import type { BatchActivities, ImageActivities } from '../workflows/domain/activity-contract';
import { awaitJob } from './await-job';
import { cancelParts, closeDeadPage, findDeadPages } from './dead-pages';
import { type ActivityDependencies, DEFAULT_TIMINGS } from './dependencies';
import { JobTimes } from './job-times';
import { loadPage, reportPage } from './page-activities';
import { DEFAULT_READ_COST } from './polling';
import { submitJob } from './submit-job';

/** What must be given; the rest has defaults. */
export type ActivityOptions = Pick<ActivityDependencies, 'api' | 'store'> & Partial<ActivityDependencies>;

/** The activities over their dependencies, ready for a worker. */
export function createActivities(options: ActivityOptions): ImageActivities & BatchActivities {
  const defaults = {
    now: Date.now,
    random: Math.random,
    timings: DEFAULT_TIMINGS,
    jobTimes: new JobTimes(),
    readCost: DEFAULT_READ_COST,
    callbacks: null,
  };
  const dependencies = { ...defaults, ...options };
  return {
    submitJob: (input) => submitJob(dependencies, input),
    awaitJob: (input) => awaitJob(dependencies, input),
    loadPage: (page) => loadPage(dependencies, page),
    reportPage: (input) => reportPage(dependencies, input),
    closeDeadPage: (page) => closeDeadPage(dependencies, page),
    cancelParts: (input) => cancelParts(dependencies, input),
    findDeadPages: (input) => findDeadPages(input),
  };
}
