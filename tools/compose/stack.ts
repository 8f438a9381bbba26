/**
 * The profile "emulator" of docker-compose.yml, or only its servers, as plain processes: for tests and benchmarks
 * without containers.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findServerPrograms } from '../temporal-server/binaries';
import { asProcess, type Here, healthCheck } from './as-process';
import { type ComposeFile, getService, ourEntrypoint, ourImageVariables, readComposeFile } from './compose-file';
import { pickLowPort } from './low-port';
import { findPostgresPrograms, startPostgres, untilHealthy } from './postgres';
import { ServiceProcess } from './service-process';
import { type DatabaseAddress, makeSchemas, startTemporal } from './temporal-service';

interface ServersOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly packageRoot: string;
  /** The Temporal CLI, which creates the namespace. */
  readonly cliPath: string;
  /** For databases, results and secrets; must be empty. The caller removes it. */
  readonly folder: string;
  /** Dynamic configuration of the Temporal server. Default: the service's file. */
  readonly dynamicConfig?: string;
}

interface StackOptions extends ServersOptions {
  /** Additional arguments of the emulator. Default: none. */
  readonly emulatorArguments?: readonly string[];
}

export interface Stack {
  /** Environment of the service "cli" for this stack. */
  readonly cliEnv: Readonly<Record<string, string>>;
  readonly gatewayUrl: string;
  /** The HTTP API of the gateway. */
  readonly api: { readonly url: string; readonly token: string };
  readonly emulatorUrl: string;
  /** Starts another worker service that uses the emulator; it is stopped with the stack. */
  startWorker(service: 'worker' | 'emulator-worker'): Promise<ServiceProcess>;
  /** Runs the schema job again, as an image upgrade does. */
  updateSchemas(): Promise<void>;
  close(): Promise<void>;
}

/** PostgreSQL and Temporal, without our own services. */
interface Servers {
  /** Address of Temporal, `127.0.0.1:<port>`. */
  readonly address: string;
  close(): Promise<void>;
}

/** The key that the emulator accepts. */
const EMULATOR_KEY = 'ip_live_emulator';

/** Why the stack cannot run on this machine; `null` if it can. */
export function missingForStack(env: NodeJS.ProcessEnv): string | null {
  if (findPostgresPrograms(env['PATH'] ?? '') === null) return 'PostgreSQL is not installed (initdb and postgres)';
  if (findServerPrograms(env) === null) return 'the Temporal server for PostgreSQL is not built';
  return null;
}

export function startStack(options: StackOptions): Promise<Stack> {
  return allOrNothing((running) => startParts(options, running));
}

/** Creates one namespace, `default`. */
export function startServers(options: ServersOptions): Promise<Servers> {
  return allOrNothing(async (running) => {
    const ports = await pickPorts();
    await startServerProcesses(
      options,
      readComposeFile(options.packageRoot, {}),
      prepare(options, ports),
      ports,
      running,
    );
    return { address: `127.0.0.1:${ports.temporal}`, close: () => stopAll(running) };
  });
}

async function allOrNothing<T>(start: (running: ServiceProcess[]) => Promise<T>): Promise<T> {
  const running: ServiceProcess[] = [];
  try {
    return await start(running);
  } catch (error) {
    await stopAll(running);
    throw error;
  }
}

async function startParts(options: StackOptions, running: ServiceProcess[]): Promise<Stack> {
  const { packageRoot, folder, emulatorArguments = [] } = options;
  const file = readComposeFile(packageRoot, {});
  const ports = await pickPorts();
  const here = prepare(options, ports);
  const token = readFileSync(path.join(folder, 'secrets', 'api_tokens'), 'utf8').trim();
  const database = await startServerProcesses(options, file, here, ports, running);
  const start = async (name: string, words: readonly string[] = [], variables: Record<string, string> = {}) => {
    const command = asProcess(name, getService(file, name), here, { ...ownMetrics(file, name), ...variables });
    const service = await ServiceProcess.start({ ...command, argv: [...command.argv, ...words] });
    running.push(service);
    return service;
  };
  const startHealthy = async (name: string, words?: readonly string[]) => {
    const service = await start(name, words);
    await untilHealthy(() => ServiceProcess.start(healthCheck(name, getService(file, name), here)), service);
  };
  const calledBack = { IMAGEPIPELINE_CALLBACK_URL: `http://127.0.0.1:${ports.gateway}` };
  const emulatorUrl = `http://127.0.0.1:${ports.emulator}`;
  await startHealthy('emulator', emulatorArguments);
  await startHealthy('emulator-gateway');
  return {
    cliEnv: { ...asProcess('cli', getService(file, 'cli'), here).env, TMPDIR: folder },
    gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
    api: { url: `http://127.0.0.1:${ports.api}`, token },
    emulatorUrl,
    startWorker: async (name) => {
      // Allows the service "worker", which uses the real API, to run as well.
      const worker = await start(name, [], { IMAGEPIPELINE_BASE_URL: emulatorUrl, ...calledBack });
      await worker.line(/^ready/);
      return worker;
    },
    updateSchemas: () => makeSchemas(file, here, database),
    close: () => stopAll(running),
  };
}

/** Returns the address of the database. */
async function startServerProcesses(
  options: ServersOptions,
  file: ComposeFile,
  here: Here,
  ports: Ports,
  running: ServiceProcess[],
): Promise<DatabaseAddress> {
  const database = { host: '127.0.0.1', port: ports.postgres };
  running.push(await startPostgresProcess(options, file, ports.postgres));
  running.push(await startTemporal(file, here, database, ports.temporal));
  return database;
}

/** Two workers on one machine cannot share the metrics port that each has in its own container. */
function ownMetrics(file: ComposeFile, name: string): Record<string, string> {
  const { environment = {} } = getService(file, name);
  return 'IMAGEPIPELINE_METRICS_PORT' in environment ? { IMAGEPIPELINE_METRICS_PORT: '0' } : {};
}

/** In reverse order of starting. */
async function stopAll(running: ServiceProcess[]): Promise<void> {
  const [postgres, temporal, ...ours] = running.splice(0);
  await Promise.all(ours.map((service) => service.stop()));
  await temporal?.stop();
  // PostgreSQL's "fast shutdown", the image's stop signal.
  await postgres?.stop('SIGINT');
}

interface Ports {
  readonly postgres: number;
  readonly temporal: number;
  readonly gateway: number;
  readonly api: number;
  readonly emulator: number;
}

async function pickPorts(): Promise<Ports> {
  const [postgres, temporal] = await Promise.all([pickLowPort(), pickLowPort()]);
  const [gateway, api, emulator] = await Promise.all([pickLowPort(), pickLowPort(), pickLowPort()]);
  return { postgres, temporal, gateway, api, emulator };
}

/** Creates local equivalents of images, volumes and secrets, and maps their names to them. */
function prepare({ env, packageRoot, cliPath, folder, dynamicConfig }: ServersOptions, ports: Ports): Here {
  const inside = (name: string) => path.join(folder, name);
  // PostgreSQL may run as another user.
  chmodSync(folder, 0o755);
  for (const name of ['programs', 'secrets', 'volume']) mkdirSync(inside(name));
  for (const name of ['postgres_password', 'callback_secret', 'api_tokens']) {
    writeFileSync(path.join(inside('secrets'), name), `${randomBytes(32).toString('hex')}\n`, { mode: 0o444 });
  }
  writeFileSync(path.join(inside('secrets'), 'api_key'), `${EMULATOR_KEY}\n`, { mode: 0o444 });
  symlinkSync(cliPath, path.join(inside('programs'), 'temporal'));
  const programs = [inside('programs'), findServerPrograms(env) ?? '', path.dirname(process.execPath)];
  return {
    packageRoot,
    path: [...programs, '/usr/bin', '/bin'].join(path.delimiter),
    ourEntrypoint: ourEntrypoint(packageRoot),
    ourVariables: ourImageVariables(packageRoot),
    replaced: {
      '/run/secrets': inside('secrets'),
      '/var/lib/imagepipeline': inside('volume'),
      '/etc/temporal/dynamic-config.yaml':
        dynamicConfig ?? path.join(packageRoot, 'deploy', 'temporal-dynamic-config.yaml'),
      // What the image's script does apart from finding its own address.
      '/etc/temporal/entrypoint.sh': 'temporal-server start',
      'temporal:7233': `127.0.0.1:${ports.temporal}`,
      '0.0.0.0': '127.0.0.1',
      '8234': String(ports.gateway),
      '8235': String(ports.api),
      '8333': String(ports.emulator),
    },
  };
}

function startPostgresProcess(
  { env, folder }: ServersOptions,
  file: ComposeFile,
  port: number,
): Promise<ServiceProcess> {
  const programs = findPostgresPrograms(env['PATH'] ?? '');
  if (programs === null) throw new Error(missingForStack(env) ?? '');
  return startPostgres({
    service: getService(file, 'postgres'),
    programs,
    folder: path.join(folder, 'postgres'),
    passwordFile: path.join(folder, 'secrets', 'postgres_password'),
    port,
  });
}
