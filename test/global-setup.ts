/**
 * Before the first test: finds or makes the Temporal CLI and the S3 server, so that no test's time limit has to wait for a
 * build, and offers the Temporal server that all files share.
 */
import { resolveTemporalCli } from '../tools/temporal';
import { makeVersitygw } from '../tools/versitygw';
import { bundlePath } from './bundle-path';
import { startPostgresServer } from './postgres/shared-server';
import { offerSharedServer } from './shared-server';

export default async function globalSetup(
  _config: unknown,
  project: { readonly cacheDirectory: string },
): Promise<void> {
  const { path } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  process.env['TEMPORAL_CLI_PATH'] = path;
  // Temporal servers collect garbage less often: a fifth of their work, for memory that the tests have.
  process.env['GOGC'] ??= '400';
  process.env['TEST_WORKFLOW_BUNDLE'] = bundlePath(project.cacheDirectory);
  process.env['TEST_S3_SERVER'] = await s3ServerOrNone();
  if (process.env['TEST_TEMPORAL'] === 'postgres')
    process.env['TEST_TEMPORAL_ADDRESS'] = await startPostgresServer(path);
  else process.env['TEST_TEMPORAL_PORT'] = await offerSharedServer(path);
}

/** Empty where it cannot be had: the tests that need it are skipped then, and counted. */
async function s3ServerOrNone(): Promise<string> {
  try {
    return await makeVersitygw(process.env, (line) => console.error(line));
  } catch (error) {
    console.error(`Tests that need an S3 server are skipped: ${error instanceof Error ? error.message : error}`);
    return '';
  }
}
