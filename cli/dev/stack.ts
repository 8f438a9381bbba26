/** Everything that `dev` runs: Temporal server, emulator, gateway, HTTP API and worker. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseStoreSettings } from '../../activities/store';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator';
import type { Gateway } from '../../gateway';
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
import { type DevApi, serveDevApi } from './serve-api';

/** A scripted answer of the emulator. */
export type EmulatorRule = Parameters<Emulator['script']>[0];

interface StackOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** Folder of the database, the emulator's state and, unless IMAGEPIPELINE_STORE is set, the store. */
  readonly dataDir: string;
  /** Port of the Temporal server; 0 picks a free one. */
  readonly port: number;
  readonly uiPort: number;
  readonly worker: boolean;
  /** `null`: use the real API. */
  readonly emulator: EmulatorOptions | null;
  /** Absent: request no callbacks, whatever the environment says. */
  readonly callbacks?: CallbackOptions;
  /** Whether to serve the HTTP API if tokens are set, or the dashboard wants it. Default false. */
  readonly servesApi?: boolean;
  /** Whether to serve the dashboard beside the API. Default false. */
  readonly dashboard?: boolean;
  /** Called when the settings are known to be right, before anything is started. */
  readonly beforeStart?: () => void;
  /** Receives one line of progress at a time during the start. */
  readonly onProgress: (line: string) => void;
}

export interface Stack {
  readonly server: TemporalServer;
  readonly emulator: Emulator | null;
  /** `null`: no callbacks are requested. */
  readonly gateway: Gateway | null;
  /** `null`: there are neither tokens nor the dashboard. */
  readonly api: DevApi | null;
  readonly worker: RunningWorker | null;
  /** `null` without a worker. */
  readonly settings: WorkerSettings | null;
  /** The store of the worker, or of one that runs beside `dev`. */
  readonly store: string;
  /** Stops the worker, then what it depends on. */
  close(): Promise<void>;
}

/**
 * Starts all parts. If one fails to start, the parts started before are stopped.
 *
 * @throws SettingsError or EncryptionSettingsError before anything is started
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  checkSettings(options);
  const store = storeAddress(options);
  mkdirSync(options.dataDir, { recursive: true });
  options.beforeStart?.();
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
    const { servesApi = false, dashboard = false } = options;
    const api = servesApi ? await serveDevApi({ ...options, dashboard, store: findStore(options) }, server) : null;
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
  const defaults = {
    IMAGEPIPELINE_STORE: findStore(options),
    // Receivers are usually on the same machine, too.
    IMAGEPIPELINE_ALLOW_PRIVATE_NOTIFICATIONS: env['IMAGEPIPELINE_ALLOW_PRIVATE_NOTIFICATIONS'] || 'on',
  };
  const forEmulator =
    emulator === null ? {} : { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: emulator.url };
  return parseWorkerSettings({ ...env, ...defaults, ...forEmulator, ...callbackVariables(options, gateway) }, cwd);
}

function findStore({ env, dataDir }: StackOptions): string {
  return env['IMAGEPIPELINE_STORE'] || path.join(dataDir, 'store');
}

/** The address of the store, as a worker reads it from its settings. */
function storeAddress(options: StackOptions): string {
  const problems: string[] = [];
  const { store } = parseStoreSettings(
    { ...options.env, IMAGEPIPELINE_STORE: findStore(options) },
    options.cwd,
    problems,
  );
  if (problems.length > 0) throw new SettingsError(problems);
  return store;
}

async function startEmulatorFor({ emulator, dataDir }: StackOptions): Promise<Emulator | null> {
  if (emulator === null) return null;
  // Jobs survive a restart of `dev`, as with the real provider.
  return startEmulator({ stateFile: path.join(dataDir, 'emulator.jsonl'), ...emulator });
}

async function startServer({ env, dataDir, port, uiPort, onProgress }: StackOptions): Promise<TemporalServer> {
  const { path: cliPath } = await resolveTemporalCli({ env, onProgress });
  return startTemporalServer({
    cliPath,
    port,
    uiPort,
    dbFile: path.join(dataDir, 'temporal.db'),
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
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
