import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** Made by the build, beside this file in `dist`. Failure converters are part of a bundle, so there is one for each. */
export const BUNDLE_FILES = {
  plainFailures: 'workflow-bundle.js',
  encodedFailures: 'workflow-bundle.encoded-failures.js',
} as const;

export type WorkflowCode = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'>;

/** The bundle made at build time; where there is none (sources run by a test), workflows are bundled on the fly. */
export function workflowCode({ failureConverterPath }: DataConverter): WorkflowCode {
  const codePath = path.join(
    __dirname,
    BUNDLE_FILES[failureConverterPath === undefined ? 'plainFailures' : 'encodedFailures'],
  );
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: workflowsPath(), interceptors: { workflowModules: interceptorModules() } };
}

/** The workflows' entry, as a path: this folder never imports their code. */
export function workflowsPath(): string {
  return inWorkflows('index');
}

/** What is to run around the workflows, as paths too. */
export function interceptorModules(): string[] {
  return ['interceptors/query-guard', 'interceptors/trace-headers'].map(inWorkflows);
}

function inWorkflows(name: string): string {
  return path.join(__dirname, '..', 'workflows', `${name}${path.extname(__filename)}`);
}
