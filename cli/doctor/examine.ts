/** Every check, in the order of repair: later checks depend on earlier ones. */
import type { Client } from '@temporalio/client';
import { connectTemporal, readTemporalTarget } from '../../connection/connection';
import type { WorkerSettings } from '../../worker';
import type { Environment } from '../../workflows/domain/base/environment';
import { DEFAULT_ACCOUNT } from '../../workflows/domain/leases/governor-protocol';
import { checkCallbacks } from './callback-check';
import { type Finding, failed, ok, skipped, toReason } from './finding';
import { checkMatch } from './match-check';
import { checkClock, checkKey } from './provider-checks';
import { readSettings, type ShellSettings } from './read-settings';
import { checkStore } from './store-check';
import { checkEncryption, checkNamespace, checkWorkers } from './temporal-checks';

export type Named = Finding & { readonly check: string };

const NO_SETTINGS = skipped('needs valid settings');
const NO_SERVER = skipped('needs a Temporal server that answers');
const NO_WORKER = skipped('needs a worker that polls');
const ANSWER_TIMEOUT_MS = 10_000;

const NO_KEY_HERE = skipped('IMAGEPIPELINE_API_KEY is not set here; the workers use their own');
const NO_KEY = failed(
  'IMAGEPIPELINE_API_KEY is not set, and no worker with a key polls',
  'set it where the worker runs, or try "imagepipeline dev", which needs no key',
);

/** Runs every check. Writes only a small probe file to the store. */
export async function examine(env: Environment, cwd: string): Promise<readonly Named[]> {
  const settings = readSettings(env, cwd);
  const { worker, store, callbacks, hasKey } = settings;
  const temporal = examineTemporal(env, settings);
  const withKey = async (look: (provider: WorkerSettings) => Promise<Finding>): Promise<Finding> => {
    if (worker === null) return NO_SETTINGS;
    return hasKey ? look(worker.value) : NO_KEY_HERE;
  };
  const key = async () => (worker === null || hasKey || isPolled(await temporal) ? withKey(checkKey) : NO_KEY);
  const match = async () => (isPolled(await temporal) ? checkMatch(env, settings) : NO_WORKER);
  const checks: readonly (readonly [string, Promise<Finding>])[] = [
    ['key', key()],
    ['clock', withKey((provider) => checkClock(provider, Date.now))],
    ['store', store === null ? Promise.resolve(NO_SETTINGS) : checkStore(store.value)],
    ['match', match()],
    ['callbacks', callbacks === null ? Promise.resolve(NO_SETTINGS) : checkCallbacks(callbacks.value)],
  ];
  const others = await Promise.all(checks.map(async ([check, finding]) => ({ check, ...(await finding) })));
  return [{ check: 'settings', ...settings.finding }, ...(await temporal), ...others];
}

function isPolled(findings: readonly Named[]): boolean {
  return findings.some(({ check, state }) => check === 'workers' && state === 'ok');
}

async function examineTemporal(env: Environment, { encryption }: ShellSettings): Promise<readonly Named[]> {
  let client: Client;
  try {
    // Invalid encryption keys are reported by the check of the settings.
    const target = readTemporalTarget(withoutEncryption(env));
    client = await connectTemporal(target);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const server = failed(found, 'start the server, or fix TEMPORAL_ADDRESS and TEMPORAL_TLS*');
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
    encryption: () =>
      encryption === null ? Promise.resolve(NO_SETTINGS) : checkEncryption(client, encryption.value, account),
  };
  try {
    return await Promise.all(
      Object.entries(checks).map(async ([check, look]) => ({ check, ...(await checkAnswer(client, look)) })),
    );
  } finally {
    await client.connection.close();
  }
}

/** A server that answers one request may refuse another, for instance for lack of permission. */
async function checkAnswer(client: Client, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await client.connection.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, look);
  } catch (error) {
    return failed(
      `the server refuses this request (${toReason(error)})`,
      'ask the administrator for permission to read the namespace',
    );
  }
}

async function checkServer(client: Client): Promise<Finding> {
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return ok(`Temporal ${serverVersion} answers`);
}

function withoutEncryption(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('IMAGEPIPELINE_ENCRYPTION_')));
}
