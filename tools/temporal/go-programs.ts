/** Builds programs of Go modules that contain no code and only pin versions; caches them for the user. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { defaultCacheDir } from './cache-path';
import { reportWhile } from './progress';
import { runCommand } from './run-command';

interface GoProgram {
  readonly name: string;
  /** File name that Go gives the program. */
  readonly built: string;
  readonly goPackage: string;
}

export interface GoPrograms {
  /** Name for messages, for example `the Temporal server 1.32.0`. */
  readonly title: string;
  /** Folder name in the cache, including the version. */
  readonly release: string;
  /** Folder below `tools` that contains `go.mod` and `go.sum`. */
  readonly module: string;
  readonly programs: readonly GoProgram[];
  /** Duration of the first build on 2 cores, in minutes. */
  readonly minutes: number;
  /** Linker flags in addition to `-s -w`. Default: none. */
  readonly linkerFlags?: string;
}

const PROGRESS_INTERVAL_MS = 10_000;

/** Folder of the programs, whether or not they exist. */
export function goProgramsFolder(env: NodeJS.ProcessEnv, { release }: GoPrograms): string {
  const { platform, arch } = process;
  return path.join(defaultCacheDir(env, platform), release, `${platform}-${arch}`);
}

/** Returns their folder; `null` if they have not been built. */
export function findGoPrograms(env: NodeJS.ProcessEnv, wanted: GoPrograms): string | null {
  const folder = goProgramsFolder(env, wanted);
  return wanted.programs.every(({ name }) => existsSync(path.join(folder, name))) ? folder : null;
}

/** Builds them with the Go toolchain on PATH if they are missing; returns their folder. */
export async function makeGoPrograms(
  env: NodeJS.ProcessEnv,
  packageRoot: string,
  wanted: GoPrograms,
  onProgress: (line: string) => void,
): Promise<string> {
  const found = findGoPrograms(env, wanted);
  if (found !== null) return found;
  const folder = goProgramsFolder(env, wanted);
  await mkdir(path.dirname(folder), { recursive: true });
  // A sibling of the final folder, so that the result can be moved into place atomically.
  const made = await mkdtemp(`${folder}.`);
  const line = (seconds: number) => `Building ${wanted.title}, ${seconds} s of about ${wanted.minutes} minutes`;
  try {
    await reportWhile(PROGRESS_INTERVAL_MS, line, onProgress, () => build(env, packageRoot, wanted, made));
    return await install(env, wanted, made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** Programs built by another process meanwhile are the same and may be in use, so they are kept. */
async function install(env: NodeJS.ProcessEnv, wanted: GoPrograms, made: string): Promise<string> {
  const found = findGoPrograms(env, wanted);
  if (found !== null) return found;
  const folder = goProgramsFolder(env, wanted);
  await rm(folder, { recursive: true, force: true });
  await rename(made, folder);
  return folder;
}

async function build(
  env: NodeJS.ProcessEnv,
  packageRoot: string,
  { module, programs, linkerFlags = '' }: GoPrograms,
  folder: string,
): Promise<void> {
  const copy = path.join(folder, 'module');
  await mkdir(copy);
  for (const file of ['go.mod', 'go.sum'])
    await cp(path.join(packageRoot, 'tools', module, file), path.join(copy, file));
  const packages = programs.map(({ goPackage }) => goPackage);
  const flags = ['-trimpath', '-ldflags', `-s -w ${linkerFlags}`.trim()];
  await runCommand('go', ['build', ...flags, '-o', `${folder}${path.sep}`, ...packages], {
    cwd: copy,
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  for (const { name, built } of programs) await rename(path.join(folder, built), path.join(folder, name));
  await rm(copy, { recursive: true });
}
