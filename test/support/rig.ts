/** Everything that an image needs, for one test file: emulator, real Temporal server, worker, client and store. */
import {
  type ActivityOptions,
  createImagePipelineApi,
  createUndiciTransport,
  type ImagePipelineApi,
} from '../../activities';
import type { CallbackSecrets } from '../../activities/callback';
import { ImagePipelineClient } from '../../client';
import { type Gateway, startGateway } from '../../client/gateway';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator';
import { encryptionKeysFrom } from '../../payloads';
import { createLog } from '../../telemetry';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal';
import { installRuntime, type RunningWorker, startWorker, type WorkerSettings } from '../../worker';
import { NO_BOUNDS } from '../../workflows/domain/pace';
import { TASK_QUEUE } from '../../workflows/messages';
import { tempFolder } from './temp-folder';

export interface RigOptions {
  /** Default: jobs end at once. */
  readonly emulator?: EmulatorOptions;
  /** Default: delays are a two-thousandth of their bound, so that a minute of backoff lasts 30 ms. */
  readonly activities?: Partial<ActivityOptions>;
  /** Wraps the API client of the worker. */
  readonly api?: (real: ImagePipelineApi) => ImagePipelineApi;
  /** Runs a gateway and asks for callbacks. Default false. */
  readonly callbacks?: boolean;
  /** IMAGEPIPELINE_ENCRYPTION_KEYS of client, gateway and worker. Default: none. */
  readonly encryption?: string;
  /** Default true. */
  readonly worker?: boolean;
}

export interface Rig {
  readonly emulator: Emulator;
  readonly server: TemporalServer;
  readonly client: ImagePipelineClient;
  /** Folder of the store. */
  readonly store: string;
  readonly settings: WorkerSettings;
  /** `null` unless it was asked for. */
  readonly gateway: Gateway | null;
  /** Starts a worker; the rig stops it at the end, if nobody has before. */
  startWorker(changed?: Partial<WorkerSettings>): Promise<RunningWorker>;
  /** A client of another account: what holds one account leaves the others alone. */
  clientOf(account: string): Promise<ImagePipelineClient>;
  stopWorkers(): Promise<void>;
  close(): Promise<void>;
}

const HURRIED = () => 0.0005;

const SECRETS: CallbackSecrets = ['secret-of-the-tests-and-of-nothing-else'];
const GATEWAY = { secrets: SECRETS, host: '127.0.0.1', port: 0 };

let logging = false;

/** Failures are what these tests provoke, so only errors of the workers themselves are shown. */
export function quiet(): void {
  const level = 'ERROR';
  const log = createLog({ format: 'text', level }, (line) => process.stderr.write(line));
  if (!logging) installRuntime({ level, log });
  logging = true;
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const cliPath = process.env['TEMPORAL_CLI_PATH'] ?? '';
  const [emulator, server] = await Promise.all([
    startEmulator({ jobTime: { medianMs: 1, sigma: 0 }, ...options.emulator }),
    startTemporalServer({ cliPath, port: 0, uiPort: null }),
  ]);
  const clients: ImagePipelineClient[] = [];
  const env = { TEMPORAL_ADDRESS: server.address, IMAGEPIPELINE_ENCRYPTION_KEYS: options.encryption };
  const connect = async (more: { readonly account?: string } = {}) => {
    const connected = await ImagePipelineClient.connect({ env, ...more });
    clients.push(connected);
    return connected;
  };
  const client = await connect();
  const gateway = options.callbacks ? await startGateway(GATEWAY, client.temporal, () => undefined) : null;
  const callbacks = gateway === null ? null : { url: gateway.url, secrets: SECRETS };
  const settings = {
    apiKey: emulator.apiKey,
    baseUrl: emulator.url,
    bounds: NO_BOUNDS,
    store: tempFolder(),
    callbacks,
    encryption: encryptionKeysFrom(env),
  };
  const workers: RunningWorker[] = [];
  const transport = createUndiciTransport();
  const real = createImagePipelineApi({ ...settings, transport: transport.send });
  const api = options.api?.(real) ?? real;
  const startOne = async (changed: Partial<WorkerSettings> = {}) => {
    // The runtime ends with its last worker; installed for none it would keep the process alive.
    quiet();
    const worker = await startWorker({
      settings: { ...settings, ...changed },
      connection: { address: server.address },
      namespace: 'default',
      taskQueue: TASK_QUEUE,
      activities: { api, random: HURRIED, ...options.activities },
    });
    workers.push(worker);
    return worker;
  };
  const stopWorkers = async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  };
  if (options.worker ?? true) await startOne();
  return {
    emulator,
    server,
    client,
    store: settings.store,
    settings,
    gateway,
    startWorker: startOne,
    clientOf: (account) => connect({ account }),
    stopWorkers,
    close: async () => {
      // Together, for a worker lets a POST under way finish, and one that hangs ends with the emulator.
      await Promise.all([stopWorkers(), emulator.close()]);
      await gateway?.close();
      await Promise.all([...clients.map((one) => one.close()), transport.close()]);
      await server.stop();
    },
  };
}
