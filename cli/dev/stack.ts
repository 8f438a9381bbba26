/** Everything that `dev` runs: Temporal server, emulator where there is no key, gateway if asked for, and a worker. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseStoreSettings } from '../../activities/store';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator';
import type { Api, Gateway } from '../../gateway';
import { readEncryption } from '../../payloads';
import { resolveTemporalCli, startTemporalServer, type TemporalServer } from '../../tools/temporal';
import {
  type Environment,
  parseWorkerSettings,
  type RunningWorker,
  SettingsError,
  startWorker,
  type WorkerSettings,
} from '../../worker';
import { SEARCH_ATTRIBUTES } from '../../workflows/domain/base/search-attributes';
import { TASK_QUEUE } from '../../workflows/messages';
import { type CallbackOptions, callbackVariables, startDevGateway } from './callbacks';
import { serveDevApi } from './serve-api';

/** What the emulator can be told to do. */
export type EmulatorRule = Parameters<Emulator['script']>[0];

export interface StackOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** Folder of the database, the emulator's books and, unless IMAGEPIPELINE_STORE is set, the store. */
  readonly dataDir: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly uiPort: number;
  readonly worker: boolean;
  /** `null`: the real API. */
  readonly emulator: EmulatorOptions | null;
  /** Absent: no callbacks are asked for, whatever the environment says. */
  readonly callbacks?: CallbackOptions;
  /** Default false. */
  readonly servesApi?: boolean;
  /** One line of what is going on while it starts. */
  readonly onProgress: (line: string) => void;
}

export interface Stack {
  readonly server: TemporalServer;
  readonly emulator: Emulator | null;
  /** `null`: no callbacks are asked for. */
  readonly gateway: Gateway | null;
  /** `null`: there are no tokens. */
  readonly api: Api | null;
  readonly worker: RunningWorker | null;
  /** `null` without a worker. */
  readonly settings: WorkerSettings | null;
  /** Of the worker, or for one that is run beside it. */
  readonly store: string;
  /** Stops the worker, then what it depends on. */
  close(): Promise<void>;
}

/**
 * Starts everything, or nothing: what was begun is ended again if a later part fails.
 *
 * @throws SettingsError or EncryptionSettingsError before anything is started
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  checkSettings(options);
  const store = storeAddress(options);
  mkdirSync(options.dataDir, { recursive: true });
  const endings: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const emulator = await startEmulatorFor(options);
    if (emulator !== null) endings.push(() => emulator.close());
    const server = await startServer(options);
    endings.push(() => server.stop());
    const { callbacks } = options;
    const gateway = callbacks === undefined ? null : await startDevGateway(options, callbacks, server);
    if (gateway !== null) endings.push(() => gateway.close());
    const api = options.servesApi ? await serveDevApi({ ...options, store: storeOf(options) }, server) : null;
    if (api !== null) endings.push(() => api.close());
    const settings = options.worker ? settingsFor(options, emulator, gateway) : null;
    const worker = settings === null ? null : await startDevWorker(settings, server);
    if (worker !== null) endings.push(() => worker.stop());
    return { server, emulator, gateway, api, worker, settings, store, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function checkSettings(options: StackOptions): void {
  readEncryption(options.env);
  if (options.worker && options.emulator === null) settingsFor(options, null, null);
}

function settingsFor(options: StackOptions, emulator: Emulator | null, gateway: Gateway | null): WorkerSettings {
  const { env, cwd } = options;
  const defaults = { IMAGEPIPELINE_STORE: storeOf(options) };
  const forEmulator =
    emulator === null ? {} : { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: emulator.url };
  return parseWorkerSettings({ ...env, ...defaults, ...forEmulator, ...callbackVariables(options, gateway) }, cwd);
}

function storeOf({ env, dataDir }: StackOptions): string {
  return env['IMAGEPIPELINE_STORE'] || path.join(dataDir, 'store');
}

/** As workers have it. */
function storeAddress(options: StackOptions): string {
  const problems: string[] = [];
  const { store } = parseStoreSettings(
    { ...options.env, IMAGEPIPELINE_STORE: storeOf(options) },
    options.cwd,
    problems,
  );
  if (problems.length > 0) throw new SettingsError(problems);
  return store;
}

async function startEmulatorFor({ emulator, dataDir }: StackOptions): Promise<Emulator | null> {
  if (emulator === null) return null;
  // Jobs outlive a restart of `dev`, as they would at the real provider.
  return startEmulator({ stateFile: path.join(dataDir, 'emulator.jsonl'), ...emulator });
}

async function startServer({ env, dataDir, port, uiPort, onProgress }: StackOptions): Promise<TemporalServer> {
  const { path: cliPath } = await resolveTemporalCli({ env, onProgress });
  return startTemporalServer({
    cliPath,
    port,
    uiPort,
    dbFile: path.join(dataDir, 'temporal.db'),
    searchAttributes: Object.values(SEARCH_ATTRIBUTES).map((name) => `${name}=Keyword`),
  });
}

function startDevWorker(settings: WorkerSettings, server: TemporalServer): Promise<RunningWorker> {
  return startWorker({
    settings,
    connection: { address: server.address },
    namespace: 'default',
    taskQueue: TASK_QUEUE,
  });
}
