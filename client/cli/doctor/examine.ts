/** Every check, in the order in which people mend things: what is missing first is missing for all that follow. */
import type { Client } from '@temporalio/client';
import { parseWorkerSettings, type WorkerSettings } from '../../../worker';
import { DEFAULT_ACCOUNT } from '../../../workflows/domain/account';
import { connectTemporal, type Environment, temporalTarget } from '../../connection';
import { withSecretFiles } from '../secret-files';
import { checkCallbacks } from './callback-check';
import { type Finding, failed, ok, reasonOf, skipped } from './finding';
import { checkClock, checkKey } from './provider-checks';
import { checkStore } from './store-check';
import { checkEncryption, checkNamespace, checkWorkers } from './temporal-checks';

export type Named = Finding & { readonly check: string };

const NO_SETTINGS = skipped('needs settings that can be read');
const NO_SERVER = skipped('needs a Temporal server that answers');
const ANSWER_MS = 10_000;

/** Looks at everything, and changes nothing but a probe in the store. */
export async function examine(env: Environment, cwd: string): Promise<readonly Named[]> {
  const read = settingsFrom(env, cwd);
  const withSettings = (check: (settings: WorkerSettings) => Promise<Finding>) =>
    read.settings === null ? Promise.resolve(NO_SETTINGS) : check(read.settings);
  const checks: readonly (readonly [string, Promise<Finding>])[] = [
    ['key', withSettings(checkKey)],
    ['clock', withSettings((settings) => checkClock(settings, Date.now))],
    ['store', withSettings(checkStore)],
    ['callbacks', withSettings(({ callbacks }) => checkCallbacks(callbacks ?? null))],
  ];
  const [temporal, others] = await Promise.all([
    examineTemporal(env, read.settings),
    Promise.all(checks.map(async ([check, finding]) => ({ check, ...(await finding) }))),
  ]);
  return [{ check: 'settings', ...read.finding }, ...temporal, ...others];
}

function settingsFrom(env: Environment, cwd: string): { settings: WorkerSettings | null; finding: Finding } {
  try {
    const settings = parseWorkerSettings(withSecretFiles(env), cwd);
    return { settings, finding: ok(`results go to ${settings.store}, jobs to ${settings.baseUrl}`) };
  } catch (error) {
    const found = error instanceof Error ? error.message.replaceAll('\n', '; ') : String(error);
    return { settings: null, finding: failed(found, 'set what is named') };
  }
}

async function examineTemporal(env: Environment, settings: WorkerSettings | null): Promise<readonly Named[]> {
  let client: Client;
  try {
    // Keys that cannot be read are a finding about the settings.
    const target = temporalTarget(withoutEncryption(env));
    client = await connectTemporal(target);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const server = failed(found, 'start the server, or set TEMPORAL_ADDRESS and TEMPORAL_TLS* to what it needs');
    return ['server', 'namespace', 'workers', 'encryption'].map((check, index) => ({
      check,
      ...(index === 0 ? server : NO_SERVER),
    }));
  }
  const account = env['IMAGEPIPELINE_ACCOUNT']?.trim() || DEFAULT_ACCOUNT;
  const checks: Readonly<Record<string, () => Promise<Finding>>> = {
    server: () => checkServer(client),
    namespace: () => checkNamespace(client),
    workers: () => checkWorkers(client),
    encryption: () => (settings === null ? Promise.resolve(NO_SETTINGS) : encryptionOf(client, settings, account)),
  };
  try {
    return await Promise.all(
      Object.entries(checks).map(async ([check, look]) => ({ check, ...(await answered(client, look)) })),
    );
  } finally {
    await client.connection.close();
  }
}

function encryptionOf(client: Client, { encryption }: WorkerSettings, account: string): Promise<Finding> {
  return checkEncryption(client, encryption ?? null, account);
}

/** A server that answers one question need not answer another, for instance for want of a right. */
async function answered(client: Client, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await client.connection.withDeadline(Date.now() + ANSWER_MS, look);
  } catch (error) {
    return failed(`the server does not tell (${reasonOf(error)})`, 'ask for the right to read the namespace');
  }
}

async function checkServer(client: Client): Promise<Finding> {
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return ok(`Temporal ${serverVersion} answers`);
}

function withoutEncryption(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('IMAGEPIPELINE_ENCRYPTION_')));
}
