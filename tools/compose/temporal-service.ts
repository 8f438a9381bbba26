/** The Temporal server on PostgreSQL: schemas, server and namespace, by the commands of docker-compose.yml. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asProcess, type Here } from './as-process';
import { type ComposeFile, getService } from './compose-file';
import { pickLowPort } from './low-port';
import { type Command, ServiceProcess } from './service-process';

const START_MS = 90_000;
/** Maximum attempts of a job, as with `restart: on-failure:5`. */
const JOB_ATTEMPTS = 5;

/** Ports that the server opens; a container has its own port space. */
const PORT_VARIABLES = [
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
];

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
}

/** Resolves when the namespace exists. */
export async function startTemporal(
  file: ComposeFile,
  here: Here,
  database: DatabaseAddress,
  port: number,
): Promise<ServiceProcess> {
  await makeSchemas(file, here, database);
  const server = await ServiceProcess.start(await serverCommand(file, here, database, port));
  try {
    await untilOpen(port, server);
    await untilDone(asProcess('temporal-namespace', getService(file, 'temporal-namespace'), here));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** May be repeated, as an upgrade does. */
export function makeSchemas(file: ComposeFile, here: Here, { host, port }: DatabaseAddress): Promise<void> {
  const variables = { SQL_HOST: host, SQL_PORT: String(port) };
  return untilDone(asProcess('temporal-schema', getService(file, 'temporal-schema'), here, variables));
}

async function serverCommand(file: ComposeFile, here: Here, database: DatabaseAddress, port: number): Promise<Command> {
  const ports = await Promise.all(PORT_VARIABLES.map(async (name) => [name, String(await pickLowPort())] as const));
  return asProcess('temporal', getService(file, 'temporal'), here, {
    POSTGRES_SEEDS: database.host,
    DB_PORT: String(database.port),
    // Determined by the image's entry point at run time.
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    FRONTEND_GRPC_PORT: String(port),
    ...Object.fromEntries(ports),
  });
}

/** Runs a job to completion, with retries. */
async function untilDone(command: Command): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const job = await ServiceProcess.start(command);
    if ((await job.ended) === 0) return;
    if (attempt === JOB_ATTEMPTS) throw new Error(`${command.name} failed; its last lines:\n${job.lastLines}`);
    await sleep(attempt * 1_000);
  }
}

/** Equivalent to `nc -z`. */
async function untilOpen(port: number, server: ServiceProcess): Promise<void> {
  let gone = false;
  void server.ended.then(() => {
    gone = true;
  });
  for (const endAt = Date.now() + START_MS; Date.now() < endAt && !gone; await sleep(200)) {
    if (await isOpen(port)) return;
  }
  throw new Error(`the Temporal server does not listen; its last lines:\n${server.lastLines}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
