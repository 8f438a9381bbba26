/** Checks that this shell and the workers use the same store, provider and key. */
import { openStore, type StoreSettings } from '../../activities/store';
import { ImagePipelineClient } from '../../client/client';
import type { WorkerSettings } from '../../worker';
import { hashKey } from '../../worker/key-hash';
import type { Environment } from '../../workflows/domain/base/environment';
import type { WorkerDescription } from '../../workflows/domain/batch/activity-contract';
import { type Finding, failed, ok, skipped, toReason } from './finding';
import type { ShellSettings } from './read-settings';

const NO_ANSWER = skipped('no worker has reported its settings');

/** @param env this shell's environment; its encryption keys decrypt the workers' answers */
export async function checkMatch(env: Environment, settings: ShellSettings): Promise<Finding> {
  const worker = await describe(env);
  if (worker === null) return NO_ANSWER;
  const { store, worker: own, hasKey, namesProvider } = settings;
  const differences = [
    ...(store === null ? [] : await storeDifference(store.value, worker)),
    // Settings that only workers need may be unset in this shell.
    ...(own !== null && namesProvider ? addressDifference(own.value, worker) : []),
    ...(own !== null && hasKey ? keyDifference(own.value, worker) : []),
  ];
  if (differences.length === 0) return ok(`the worker that answered has the same settings${formatProvider(worker)}`);
  return failed(differences.join('; '), 'set the same value for both, and restart the workers if theirs is wrong');
}

async function describe(env: Environment): Promise<WorkerDescription | null> {
  try {
    const client = await ImagePipelineClient.connect({ env });
    try {
      return await client.describeWorker();
    } finally {
      await client.close();
    }
  } catch {
    // The checks of the server and the encryption report the cause.
    return null;
  }
}

async function storeDifference(
  settings: StoreSettings,
  { store: theirs }: WorkerDescription,
): Promise<readonly string[]> {
  const store = openStore(settings);
  try {
    if ((await store.results.identity()) === theirs.identity) return [];
    const isSameAddress = store.address === theirs.address;
    const words = isSameAddress
      ? 'another store with the same address, for instance on another machine'
      : `the store ${theirs.address}`;
    return [`the workers use ${words}; IMAGEPIPELINE_STORE is ${store.address} here`];
  } catch (error) {
    // The check of the store reports the details.
    return store.address === theirs.address
      ? []
      : [`the workers use the store ${theirs.address} (${toReason(error)} here)`];
  } finally {
    await store.close();
  }
}

/** Names the provider's address, as the worker reports it. */
function formatProvider({ provider }: WorkerDescription): string {
  return provider === undefined ? '' : `, and sends jobs to ${provider.baseUrl}`;
}

function addressDifference({ baseUrl }: WorkerSettings, { provider }: WorkerDescription): readonly string[] {
  if (provider === undefined || provider.baseUrl === baseUrl) return [];
  return [`the workers send jobs to ${provider.baseUrl}; IMAGEPIPELINE_BASE_URL is ${baseUrl} here`];
}

function keyDifference({ apiKey }: WorkerSettings, { provider }: WorkerDescription): readonly string[] {
  if (provider === undefined || provider.keyHash === hashKey(apiKey)) return [];
  return ['the workers use another API key than this shell'];
}
