/** Reads each group of settings separately: a problem with one does not block the checks of the others. */
import { type CallbackSettings, parseCallbackSettings } from '../../activities/callback';
import { parseStoreSettings, type StoreSettings } from '../../activities/store';
import { type EncryptionSettings, parseEncryption } from '../../payloads';
import { parseWorkerSettings, type WorkerSettings } from '../../worker';
import type { Environment } from '../../workflows/domain/base/environment';
import { listProxies } from '../../workflows/domain/base/proxy-variables';
import { withSecretFiles } from '../processes/secret-files';
import { type Finding, failed, ok } from './finding';

/** `null`: invalid; the finding about the settings names the problem. */
type Read<T> = { readonly value: T } | null;

export interface ShellSettings {
  readonly finding: Finding;
  /** Whether this shell has an API key; only workers need one. */
  readonly hasKey: boolean;
  /** Whether this shell names the provider by an address or a key; only workers need it. */
  readonly namesProvider: boolean;
  /** The worker's settings. If this shell has no key, they hold a placeholder. */
  readonly worker: Read<WorkerSettings>;
  readonly store: Read<StoreSettings>;
  readonly callbacks: Read<CallbackSettings | null>;
  readonly encryption: Read<EncryptionSettings | null>;
}

const NO_KEY = 'no-key-in-this-shell';

export function readSettings(env: Environment, cwd: string): ShellSettings {
  const problems: string[] = [];
  const filled = collect(problems, () => withSecretFiles(env)) ?? env;
  const hasKey = Boolean(filled['IMAGEPIPELINE_API_KEY']?.trim());
  const namesProvider = hasKey || Boolean(filled['IMAGEPIPELINE_BASE_URL']?.trim());
  const withKey = hasKey ? filled : { ...filled, IMAGEPIPELINE_API_KEY: NO_KEY };
  const worker = collect(problems, () => parseWorkerSettings(withKey, cwd));
  const finding =
    worker === null || problems.length > 0
      ? failed(problems.join('; '), 'fix these settings')
      : ok(`results go to ${worker.store}${namesProvider ? `, jobs to ${worker.baseUrl}` : ''}${formatProxy(worker)}`);
  return {
    finding,
    hasKey,
    namesProvider,
    worker: worker === null ? null : { value: worker },
    store: readPart((found) => parseStoreSettings(filled, cwd, found)),
    callbacks: readPart((found) => parseCallbackSettings(filled, found)),
    encryption: readPart((found) => parseEncryption(filled, found)),
  };
}

function formatProxy({ proxies = {} }: WorkerSettings): string {
  const names = listProxies(proxies);
  return names.length === 0
    ? ''
    : `; connections use the proxy of ${names.join(', ')}, except to this machine and to NO_PROXY`;
}

function collect<T>(problems: string[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    problems.push(error instanceof Error ? error.message.replaceAll('\n', '; ') : String(error));
    return null;
  }
}

function readPart<T>(parse: (problems: string[]) => T): Read<T> {
  const problems: string[] = [];
  const value = parse(problems);
  return problems.length > 0 ? null : { value };
}
