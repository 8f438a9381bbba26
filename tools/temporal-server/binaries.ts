/** A Temporal server for PostgreSQL as plain programs, under the names that they have in Temporal's images. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { defaultCacheDir } from '../temporal/cache-path';
import { reportWhile } from '../temporal/progress';
import { runCommand } from '../temporal/run-command';
import { TEMPORAL_SERVER_VERSION } from './version';

interface Program {
  readonly name: string;
  /** What Go calls it. */
  readonly built: string;
  readonly goPackage: string;
}

const PROGRAMS: readonly Program[] = [
  { name: 'temporal-server', built: 'server', goPackage: 'go.temporal.io/server/cmd/server' },
  { name: 'temporal-sql-tool', built: 'sql', goPackage: 'go.temporal.io/server/cmd/tools/sql' },
];

/** Where the programs are, or would be. */
export function serverFolder(env: NodeJS.ProcessEnv): string {
  const { platform, arch } = process;
  const release = `temporal-server-${TEMPORAL_SERVER_VERSION}`;
  return path.join(defaultCacheDir(env, platform), release, `${platform}-${arch}`);
}

/** `null` if they have not been built. */
export function findServerPrograms(env: NodeJS.ProcessEnv): string | null {
  const folder = serverFolder(env);
  return PROGRAMS.every(({ name }) => existsSync(path.join(folder, name))) ? folder : null;
}

/** Builds them with the Go toolchain on PATH, unless they are there; gives their folder. */
export async function makeServerPrograms(
  env: NodeJS.ProcessEnv,
  packageRoot: string,
  onProgress: (line: string) => void,
): Promise<string> {
  const found = findServerPrograms(env);
  if (found !== null) return found;
  const folder = serverFolder(env);
  await mkdir(path.dirname(folder), { recursive: true });
  // Beside the place where they go, so that they come there whole and at once.
  const made = await mkdtemp(`${folder}.`);
  try {
    await reportWhile(
      10_000,
      (seconds) => `Building the Temporal server ${TEMPORAL_SERVER_VERSION}, ${seconds} s of about 4 minutes`,
      onProgress,
      () => build(env, packageRoot, made),
    );
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return folder;
}

async function build(env: NodeJS.ProcessEnv, packageRoot: string, folder: string): Promise<void> {
  const module = path.join(folder, 'module');
  await mkdir(module);
  for (const file of ['go.mod', 'go.sum']) {
    await cp(path.join(packageRoot, 'tools', 'temporal-server', file), path.join(module, file));
  }
  const packages = PROGRAMS.map(({ goPackage }) => goPackage);
  await runCommand('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', `${folder}${path.sep}`, ...packages], {
    cwd: module,
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  for (const { name, built } of PROGRAMS) await rename(path.join(folder, built), path.join(folder, name));
  await rm(module, { recursive: true });
}
