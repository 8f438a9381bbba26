/** What the command line needs to run workers. */
export { type RunningWorker, startWorker, type WorkerOptions } from './create-worker';
export { type Counts, installRuntime, reserveCounts } from './runtime';
export {
  type Environment,
  parseWorkerSettings,
  SettingsError,
  type WorkerSettings,
} from './settings';
