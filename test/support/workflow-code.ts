/** The workflows of the sources, bundled once for all files of a test run, and for later runs: it takes some seconds. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../payloads';
import { runAlone } from '../../tools/temporal/run-alone';
import {
  interceptorModules,
  preloadModules,
  type WorkflowCode,
  workflowCode,
  workflowsPath,
} from '../../worker/bundle';
import { encodedBundlePath } from '../bundle-path';
import { ON_POSTGRES } from './on-postgres';

/** Set by the global setup: where the bundle of these sources is, or is to be. */
const VARIABLE = 'TEST_WORKFLOW_BUNDLE';

/** @param isEncrypted then failures are encoded, which is part of a bundle */
export async function testWorkflowCode(isEncrypted: boolean): Promise<{ readonly code?: WorkflowCode }> {
  const plainPath = process.env[VARIABLE];
  // What runs on PostgreSQL was built, and has its bundles.
  if (ON_POSTGRES || plainPath === undefined) return {};
  const codePath = isEncrypted ? encodedBundlePath(plainPath) : plainPath;
  if (!existsSync(codePath))
    await runAlone(
      `${codePath}.making`,
      'bundling',
      () => undefined,
      () => bundleTo(codePath, isEncrypted),
    );
  return { code: { workflowBundle: { codePath } } };
}

/** What workers run in this run of the tests, for replaying histories. */
export async function currentWorkflowCode(): Promise<WorkflowCode> {
  return (await testWorkflowCode(false)).code ?? workflowCode({});
}

/** Files that begin together wait for the first one. */
async function bundleTo(codePath: string, isEncrypted: boolean): Promise<void> {
  if (existsSync(codePath)) return;
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: interceptorModules(),
    preloadModules: preloadModules(),
    logger: new DefaultLogger('ERROR'),
    ...(isEncrypted ? { failureConverterPath: FAILURE_CONVERTER_PATH } : {}),
  });
  const unfinished = `${codePath}.${process.pid}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, codePath);
}
