/**
 * Before the first test: finds or makes the Temporal CLI, so that no test's time limit has to wait for a build, and starts
 * the server that all files share where TEST_TEMPORAL is `postgres`.
 */
import { resolveTemporalCli } from '../tools/temporal';
import { bundlePath } from './bundle-path';
import { startSharedServer } from './postgres/shared-server';

export default async function globalSetup(): Promise<void> {
  const { path } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  process.env['TEMPORAL_CLI_PATH'] = path;
  process.env['TEST_WORKFLOW_BUNDLE'] = bundlePath();
  if (process.env['TEST_TEMPORAL'] === 'postgres') process.env['TEST_TEMPORAL_ADDRESS'] = await startSharedServer(path);
}
