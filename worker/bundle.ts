import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** What is part of a bundle and not of every worker: a failure converter, and interceptors that trace. */
export interface Variant {
  readonly encoded: boolean;
  readonly traced: boolean;
}

export const VARIANTS: readonly Variant[] = [false, true].flatMap((encoded) =>
  [false, true].map((traced) => ({ encoded, traced })),
);

/** Made by the build, beside this file in `dist`. */
export function bundleFile({ encoded, traced }: Variant): string {
  return `workflow-bundle${encoded ? '.encoded-failures' : ''}${traced ? '.traced' : ''}.js`;
}

/** Runs inside of workflows, so it is named by path and never loaded here. */
const TRACING_MODULE = '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors';

export function interceptorModules({ traced }: Variant): string[] {
  return traced ? [require.resolve(TRACING_MODULE)] : [];
}

type WorkflowCode = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'>;

/** The bundle made at build time; where there is none (sources run by a test), workflows are bundled on the fly. */
export function workflowCode({ failureConverterPath }: DataConverter, traced: boolean): WorkflowCode {
  const variant = { encoded: failureConverterPath !== undefined, traced };
  const codePath = path.join(__dirname, bundleFile(variant));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: workflowsPath(), interceptors: { workflowModules: interceptorModules(variant) } };
}

/** The workflows' entry, as a path: this folder never imports their code. */
export function workflowsPath(): string {
  return path.join(__dirname, '..', 'workflows', `index${path.extname(__filename)}`);
}
