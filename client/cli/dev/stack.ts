/** Everything that `dev` runs: Temporal server, emulator where there is no key, gateway if asked for, and a worker. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator';
import { encryptionKeysFrom } from '../../../payloads';
import { resolveTemporalCli, startTemporalServer, type TemporalServer } from '../../../tools/temporal';
import {
  type Environment,
  parseWorkerSettings,
  type RunningWorker,
  SettingsError,
  startWorker,
  type WorkerSettings,
} from '../../../worker';
import { TASK_QUEUE } from '../../../workflows/messages';
import { connectTemporal, temporalTarget } from '../../connection';
import { type Gateway, parseGatewaySettings, startGateway } from '../../gateway';
import { devCallbackSecret } from './callback-secret';

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
  /**
   * Port of the gateway, as text; `undefined` takes the environment's. Absent: no callbacks are asked for.
   */
  readonly callbacks?: { readonly gatewayPort: string | undefined };
  /** One line of what is going on while it starts. */
  readonly onProgress: (line: string) => void;
}

export interface Stack {
  readonly server: TemporalServer;
  readonly emulator: Emulator | null;
  /** `null`: no callbacks are asked for. */
  readonly gateway: Gateway | null;
  readonly worker: RunningWorker | null;
  /** `null` without a worker. */
  readonly settings: WorkerSettings | null;
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
    const gateway = await startDevGateway(options, server);
    if (gateway !== null) endings.push(() => gateway.close());
    const settings = options.worker ? settingsFor(options, emulator, gateway) : null;
    const worker = settings === null ? null : await startDevWorker(settings, server);
    if (worker !== null) endings.push(() => worker.stop());
    return { server, emulator, gateway, worker, settings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function checkSettings(options: StackOptions): void {
  encryptionKeysFrom(options.env);
  if (options.worker && options.emulator === null) settingsFor(options, null, null);
}

function settingsFor(options: StackOptions, emulator: Emulator | null, gateway: Gateway | null): WorkerSettings {
  const { env, cwd, dataDir } = options;
  const defaults = { IMAGEPIPELINE_STORE: env['IMAGEPIPELINE_STORE'] || path.join(dataDir, 'store') };
  const forEmulator =
    emulator === null ? {} : { IMAGEPIPELINE_API_KEY: emulator.apiKey, IMAGEPIPELINE_BASE_URL: emulator.url };
  return parseWorkerSettings({ ...env, ...defaults, ...forEmulator, ...callbacksFor(options, gateway) }, cwd);
}

/** Without `--callbacks` none are asked for, whatever the environment says. */
function callbacksFor({ env, dataDir }: StackOptions, gateway: Gateway | null): Environment {
  if (gateway === null) return { IMAGEPIPELINE_CALLBACK_URL: undefined };
  return {
    IMAGEPIPELINE_CALLBACK_URL: env['IMAGEPIPELINE_CALLBACK_URL'] || gateway.url,
    IMAGEPIPELINE_CALLBACK_SECRET: env['IMAGEPIPELINE_CALLBACK_SECRET'] || devCallbackSecret(dataDir),
  };
}

/** @throws SettingsError */
async function startDevGateway(options: StackOptions, server: TemporalServer): Promise<Gateway | null> {
  const { env, dataDir, callbacks, onProgress } = options;
  if (callbacks === undefined) return null;
  const problems: string[] = [];
  const secret = env['IMAGEPIPELINE_CALLBACK_SECRET'] || devCallbackSecret(dataDir);
  const withSecret = { ...env, IMAGEPIPELINE_CALLBACK_SECRET: secret };
  const settings = parseGatewaySettings(withSecret, callbacks.gatewayPort, problems);
  if (settings === null) throw new SettingsError(problems);
  const target = { ...temporalTarget({}), address: server.address, namespace: 'default' };
  const client = await connectTemporal({ ...target, encryption: encryptionKeysFrom(env) });
  const end = () => client.connection.close();
  try {
    const gateway = await startGateway(settings, client, onProgress);
    return {
      url: gateway.url,
      get counters() {
        return gateway.counters;
      },
      pending: () => gateway.pending(),
      close: () => gateway.close().finally(end),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function startEmulatorFor({ emulator, dataDir }: StackOptions): Promise<Emulator | null> {
  if (emulator === null) return null;
  // Jobs outlive a restart of `dev`, as they would at the real provider.
  return startEmulator({ stateFile: path.join(dataDir, 'emulator.jsonl'), ...emulator });
}

async function startServer({ env, dataDir, port, uiPort, onProgress }: StackOptions): Promise<TemporalServer> {
  const { path: cliPath } = await resolveTemporalCli({ env, onProgress });
  return startTemporalServer({ cliPath, port, uiPort, dbFile: path.join(dataDir, 'temporal.db') });
}

function startDevWorker(settings: WorkerSettings, server: TemporalServer): Promise<RunningWorker> {
  return startWorker({
    settings,
    connection: { address: server.address },
    namespace: 'default',
    taskQueue: TASK_QUEUE,
  });
}
