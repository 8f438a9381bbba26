/** Builds programs of Go modules that contain no code and only pin versions; caches them for the user. */
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { install } from './install';
import { findPackageRoot } from './package-root';
import { runAlone } from './run-alone';
import { runCommand } from './run-command';

export interface GoPrograms {
  /** Name for messages, for example `the Temporal server 1.32.0`. */
  readonly title: string;
  /** Folder name in the cache, including the version. */
  readonly release: string;
  /** Folder below `tools` that contains `go.mod` and `go.sum`. */
  readonly module: string;
  /** The Go package of each program, by the program's file name. */
  readonly programs: Readonly<Record<string, string>>;
  /** Duration of the first build on 2 cores, in minutes. */
  readonly minutes: number;
  /** Linker flags in addition to `-s -w`. Default: none. */
  readonly linkerFlags?: string;
}

/** Our folder in the user's cache folder. It outlives a checkout, which spares later builds. */
export function defaultCacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const home = env['HOME'] || homedir();
  const roots: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(home, 'Library', 'Caches'),
    win32: env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'),
  };
  return join(roots[platform] ?? (env['XDG_CACHE_HOME'] || join(home, '.cache')), 'imagepipeline-temporal');
}

/** Folder of the programs, whether or not they exist. */
export function goProgramsFolder(env: NodeJS.ProcessEnv, { release }: GoPrograms): string {
  const { platform, arch } = process;
  return join(defaultCacheDir(env, platform), release, `${platform}-${arch}`);
}

/** Returns their folder; `null` if they have not been built. */
export function findGoPrograms(env: NodeJS.ProcessEnv, wanted: GoPrograms): string | null {
  const folder = goProgramsFolder(env, wanted);
  return Object.keys(wanted.programs).every((name) => existsSync(join(folder, name))) ? folder : null;
}

/** Builds them if they are missing; returns their folder. */
export async function makeGoPrograms(
  env: NodeJS.ProcessEnv,
  wanted: GoPrograms,
  onProgress: (line: string) => void,
): Promise<string> {
  const folder = goProgramsFolder(env, wanted);
  for (const target of Object.keys(wanted.programs).map((name) => join(folder, name))) {
    if (existsSync(target)) continue;
    const temporary = `${target}.making`;
    await runAlone(temporary, `building ${wanted.title}`, onProgress, async () => {
      if (existsSync(target)) return;
      await install(target, temporary, (output) => goBuild(env, wanted, output, onProgress));
    });
  }
  return folder;
}

/**
 * Builds the program that has the output's file name, with the Go toolchain on PATH and the user's Go settings in `env`.
 * Takes minutes the first time, seconds with a warm build cache.
 */
export async function goBuild(
  env: NodeJS.ProcessEnv,
  { title, module, programs, minutes, linkerFlags = '' }: GoPrograms,
  output: string,
  onProgress: (line: string) => void,
  progressEveryMs = 4_000,
): Promise<void> {
  // Builds in a copy, because the package may be installed in a read-only folder.
  const cwd = `${output}.module`;
  await mkdir(cwd);
  for (const file of ['go.mod', 'go.sum']) await cp(join(findPackageRoot(), 'tools', module, file), join(cwd, file));
  const start = performance.now();
  // `go build -v` names each module that it downloads and each package that it compiles.
  let latest = 'Go is reading its caches';
  const report = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    onProgress(`Building ${title}, ${seconds} s of about ${minutes} minutes: ${latest}`);
  };
  report();
  const reporting = setInterval(report, progressEveryMs);
  const flags = ['-v', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`.trim()];
  try {
    await runCommand('go', ['build', ...flags, '-o', output, programs[basename(output)] ?? ''], {
      cwd,
      // GOWORK=off: a user's workspace above the folder must not include this module.
      env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
      onStderr: (text) => {
        latest = text.trimEnd().split('\n').at(-1) ?? latest;
      },
    });
  } finally {
    clearInterval(reporting);
  }
}
