import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { WorkflowBundleOption } from '@temporalio/worker';

/** Made by the build, beside this file in `dist`. Failure converters are part of a bundle, so there is one for each. */
export const BUNDLE_FILES = {
  plainFailures: 'workflow-bundle.js',
  encodedFailures: 'workflow-bundle.encoded-failures.js',
} as const;

/** The bundle made at build time; where there is none (sources run by a test), workflows are bundled on the fly. */
export function workflowCode({
  failureConverterPath,
}: DataConverter): { workflowBundle: WorkflowBundleOption } | { workflowsPath: string } {
  const codePath = path.join(
    __dirname,
    BUNDLE_FILES[failureConverterPath === undefined ? 'plainFailures' : 'encodedFailures'],
  );
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: workflowsPath() };
}

/** The workflows' entry, as a path: this folder never imports their code. */
export function workflowsPath(): string {
  return path.join(__dirname, '..', 'workflows', `index${path.extname(__filename)}`);
}
