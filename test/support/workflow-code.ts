/** The workflows of the sources, bundled once for all files of a test run: it takes some seconds of a core. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { interceptorModules, type WorkflowCode, workflowsPath } from '../../worker/bundle';
import { ON_POSTGRES } from './on-postgres';

/** Set by the global setup: where the bundle of this run is, or is to be. */
const VARIABLE = 'TEST_WORKFLOW_BUNDLE';

/** @param isEncrypted then failures are encoded, which is part of a bundle; few tests do so, and each bundles for itself */
export async function testWorkflowCode(isEncrypted: boolean): Promise<{ readonly code?: WorkflowCode }> {
  const codePath = process.env[VARIABLE];
  // What runs on PostgreSQL was built, and has its bundles.
  if (isEncrypted || ON_POSTGRES || codePath === undefined) return {};
  if (!existsSync(codePath)) await bundleTo(codePath);
  return { code: { workflowBundle: { codePath } } };
}

/** Two files that begin together both do it; the second replaces the first one's by the same. */
async function bundleTo(codePath: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: interceptorModules(),
    logger: new DefaultLogger('ERROR'),
  });
  const unfinished = `${codePath}.${process.pid}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, codePath);
}
