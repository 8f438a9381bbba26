import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/**
 * Bundles made by the build, beside this file in `dist`. A bundle contains its failure converter, so there is one per
 * converter.
 */
export const BUNDLE_FILES = {
  plainFailures: 'workflow-bundle.js',
  encodedFailures: 'workflow-bundle.encoded-failures.js',
} as const;

export type WorkflowCode = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'>;

/** Returns the bundle of the build. Without one (tests run the sources), workflows are bundled at start. */
export function workflowCode({ failureConverterPath }: DataConverter): WorkflowCode {
  const codePath = path.join(
    __dirname,
    BUNDLE_FILES[failureConverterPath === undefined ? 'plainFailures' : 'encodedFailures'],
  );
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: workflowsPath(), interceptors: { workflowModules: interceptorModules() } };
}

/** Path of the workflows' entry file: this folder never imports workflow code. */
export function workflowsPath(): string {
  return require.resolve('../workflows/index');
}

/**
 * Modules that are evaluated once per worker instead of once per cached workflow: all of ours. They are frozen, and they keep
 * no state (held by `test/structure`). A cached workflow then uses a fifth of the memory.
 */
export function preloadModules(): string[] {
  return [workflowsPath(), ...interceptorModules()];
}

/** Paths of the workflow interceptors. */
export function interceptorModules(): string[] {
  return [
    require.resolve('../workflows/interceptors/query-guard'),
    require.resolve('../workflows/interceptors/stack-traces'),
    require.resolve('../workflows/interceptors/trace-headers'),
  ];
}
