/**
 * Everything that an image needs, for one test file: a provider, which is mostly the emulator, real Temporal server, worker,
 * client and store. Where TEST_TEMPORAL is `postgres`, two workers and the gateway are processes of their own, beside a
 * server with PostgreSQL.
 */
import { ImagePipelineClient } from '../../client';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator';
import type { WorkerSettings } from '../../worker';
import { NO_BOUNDS } from '../../workflows/domain/pace/pace';
import { ON_POSTGRES } from './on-postgres';
import { gatewayAsProcess, gatewayInside, SECRETS } from './rig-gateway';
import type { RigWorkerOptions, Wraps } from './rig-worker';
import { workersAsProcesses, workersInside } from './rig-workers';
import { tempFolder } from './temp-folder';
import { startTestTemporal, type TestTemporal, type TestTemporalOptions } from './temporal';

/** Where the worker sends its requests. */
export interface ServedProvider {
  readonly url: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

/** What a rig is with whichever provider. */
export interface ProviderRigOptions extends TestTemporalOptions {
  /** Default: those of a worker. */
  readonly activities?: RigWorkerOptions['activities'];
  /** What share of its bound a delay lasts. Default 0.0005, so that a minute of backoff lasts 30 ms. */
  readonly delays?: number;
  /** Wraps the API client of the worker, which then stays in the process of the test. */
  readonly api?: Wraps['api'];
  /** Wraps the store of the worker, likewise. */
  readonly store?: Wraps['store'];
  /** Runs a gateway and asks for callbacks. Default false. */
  readonly callbacks?: boolean;
  /** IMAGEPIPELINE_ENCRYPTION_KEYS of client, gateway and worker. Default: none. */
  readonly encryption?: string;
  /** How workers sign and send notifications. Default: they have no secret. */
  readonly notifications?: WorkerSettings['notifications'];
  /** Client and worker take no payload in clear. Default false. */
  readonly isStrict?: boolean;
  /** Whether its workers serve the Nexus service. Default false. */
  readonly nexus?: boolean;
  /** Whether one is started at once. Default true. */
  readonly worker?: boolean;
}

interface RigOptions extends ProviderRigOptions {
  /** Default: jobs end at once. */
  readonly emulator?: EmulatorOptions;
}

/** In what a worker differs from the others of the rig. */
interface ChangedWorker extends Partial<Pick<WorkerSettings, 'store' | 's3'>> {
  readonly encryption?: string;
}

export interface ProviderRig {
  readonly server: TestTemporal;
  readonly client: ImagePipelineClient;
  /** Folder of the store. */
  readonly store: string;
  readonly settings: RigWorkerOptions['settings'];
  /** What each of its workers is. */
  readonly worker: RigWorkerOptions;
  /** Starts a worker, or what stands for one; the rig stops it at the end, if nobody has before. */
  startWorker(changed?: ChangedWorker): Promise<void>;
  /** A client of another account: what holds one account leaves the others alone. */
  clientOf(account: string): Promise<ImagePipelineClient>;
  stopWorkers(): Promise<void>;
  close(): Promise<void>;
}

export interface Rig extends ProviderRig {
  readonly emulator: Emulator;
}

const HURRIED = 0.0005;

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 }, ...options.emulator });
  return { ...(await startProviderRig(emulator, options)), emulator };
}

/** @param provider is closed with the rig */
export async function startProviderRig(
  provider: ServedProvider,
  options: ProviderRigOptions = {},
): Promise<ProviderRig> {
  const { encryption = '', isStrict = false, delays = HURRIED, activities = {} } = options;
  const server = await startTestTemporal(options);
  const clients: ImagePipelineClient[] = [];
  const folder = tempFolder();
  const env = {
    ...server.env,
    IMAGEPIPELINE_ENCRYPTION_KEYS: encryption,
    IMAGEPIPELINE_ENCRYPTION_STRICT: isStrict ? 'on' : 'off',
  };
  const connect = async (more: { readonly account?: string } = {}) => {
    const connected = await ImagePipelineClient.connect({ env, store: folder, ...more });
    clients.push(connected);
    return connected;
  };
  const client = await connect();
  const startGateway = () => (ON_POSTGRES ? gatewayAsProcess(env) : gatewayInside(client));
  const gateway = options.callbacks ? await startGateway() : null;
  const settings = {
    apiKey: provider.apiKey,
    baseUrl: provider.url,
    bounds: NO_BOUNDS,
    store: folder,
    callbacks: gateway === null ? null : { url: gateway.url, secrets: SECRETS },
    ...(options.notifications === undefined ? {} : { notifications: options.notifications }),
  };
  const { address, namespace } = server;
  const { nexus = false } = options;
  const worker = { settings, encryption, isStrict, address, namespace, delays, activities, nexus };
  const { api, store } = options;
  const isInside = !ON_POSTGRES || api !== undefined || store !== undefined;
  const wraps = { ...(api === undefined ? {} : { api }), ...(store === undefined ? {} : { store }) };
  const workers = isInside ? workersInside(wraps) : workersAsProcesses();
  const startWorker = ({ encryption: keys = encryption, ...changed }: ChangedWorker = {}) =>
    workers.start({ ...worker, settings: { ...settings, ...changed }, encryption: keys });
  if (options.worker ?? true) await startWorker();
  return {
    server,
    client,
    store: settings.store,
    settings,
    worker,
    startWorker,
    clientOf: (account) => connect({ account }),
    stopWorkers: () => workers.stop(),
    close: async () => {
      // Together, for a worker lets a POST in progress finish, and one that hangs ends with the provider.
      await Promise.all([workers.stop(), provider.close()]);
      await gateway?.close();
      await Promise.all(clients.map((one) => one.close()));
      await server.stop();
    },
  };
}
