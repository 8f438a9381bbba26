/** A separate PostgreSQL server from the system's packages, set up like the image's entry point does. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from './compose-file';
import { type Command, ServiceProcess } from './service-process';

const DEBIAN_FOLDER = '/usr/lib/postgresql';
const START_MS = 30_000;

/** The folder of `initdb` and `postgres`, newest release first; `null` if there is none. */
export function findPostgresPrograms(searchPath: string): string | null {
  const releases = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  const ofDebian = releases
    .sort((one, other) => Number(other) - Number(one))
    .map((release) => path.join(DEBIAN_FOLDER, release, 'bin'));
  const folders = [...ofDebian, ...searchPath.split(path.delimiter)];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name)))) ?? null;
}

/**
 * The user that runs PostgreSQL, which refuses to run as root: then the package's user; `null` for the current user.
 */
function postgresUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

interface PostgresOptions {
  readonly service: Service;
  /** Folder of `initdb` and `postgres`. */
  readonly programs: string;
  /** Created; its parent must be accessible to the user. */
  readonly folder: string;
  readonly passwordFile: string;
  readonly port: number;
}

/** Resolves when the server answers. */
export async function startPostgres(options: PostgresOptions): Promise<ServiceProcess> {
  const { service, folder, port } = options;
  const user = postgresUser();
  mkdirSync(folder);
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, 'data');
  const run = (name: string, argv: readonly string[]) =>
    ServiceProcess.start({ name, argv, env: { PATH: options.programs, LC_ALL: 'C.UTF-8' }, cwd: folder, user });
  await (await run('initdb', listInitdbArguments(options, data))).success();
  const here = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder];
  const server = await run('postgres', [...(service.command ?? []), ...here]);
  await untilHealthy(() => run('pg_isready', [...listHealthArguments(service), '-p', String(port)]), server);
  return server;
}

function listInitdbArguments({ service, passwordFile }: PostgresOptions, data: string): readonly string[] {
  const { POSTGRES_USER = '', POSTGRES_INITDB_ARGS = '' } = service.environment ?? {};
  const given = POSTGRES_INITDB_ARGS.split(' ');
  return ['initdb', '-D', data, `--username=${POSTGRES_USER}`, `--pwfile=${passwordFile}`, ...given];
}

function listHealthArguments({ healthcheck }: Service): Command['argv'] {
  return healthcheck?.test.slice(1) ?? [];
}

/** Repeats the service's own health check until it succeeds or the service ends. */
export async function untilHealthy(check: () => Promise<ServiceProcess>, service: ServiceProcess): Promise<void> {
  let gone = false;
  void service.ended.then(() => {
    gone = true;
  });
  for (const endAt = Date.now() + START_MS; Date.now() < endAt && !gone; await sleep(200)) {
    if ((await (await check()).ended) === 0) return;
  }
  throw new Error(`a service did not become healthy; its last lines:\n${service.lastLines}`);
}
