/** One Temporal server with a real PostgreSQL for all test files, each of which has a namespace of its own there. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missingForStack, startServers } from '../../tools/compose/stack';
import { FEW_EVENTS_YAML } from '../support/few-events';

let stop: (() => Promise<void>) | null = null;

/**
 * Resolves with the server's address when it answers.
 *
 * @throws if PostgreSQL or the server is not on this machine
 */
export async function startPostgresServer(cliPath: string): Promise<string> {
  const missing = missingForStack(process.env);
  if (missing !== null) {
    throw new Error(`${missing}. "npm run test:postgres" builds what it can; PostgreSQL is a system package.`);
  }
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'imagepipeline-postgres-')));
  // An exit takes the services along; a signal alone would not.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const dynamicConfig = path.join(folder, 'dynamic-config.yaml');
  writeFileSync(dynamicConfig, FEW_EVENTS_YAML);
  try {
    const packageRoot = path.join(__dirname, '..', '..');
    const { address, close } = await startServers({ env: process.env, packageRoot, cliPath, folder, dynamicConfig });
    stop = () => close().finally(remove);
    return address;
  } catch (error) {
    remove();
    throw error;
  }
}

/** Does nothing if it was not started. */
export async function stopPostgresServer(): Promise<void> {
  await stop?.();
}
