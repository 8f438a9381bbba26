/** Runs workers: for the command line, and for users who host our workflows in their own worker. */
export { type RunningWorker, startWorker, type WorkerOptions } from './create-worker';
export type { DeploymentVersion } from './deployment';
export type { PendingPosts } from './pending-posts';
export { ActivityNameError, ImagePipelinePlugin, type PluginOptions } from './plugin';
export { type Counts, installRuntime, reserveCounts } from './runtime';
export {
  type Environment,
  parseWorkerSettings,
  SettingsError,
  type WorkerSettings,
} from './settings';
