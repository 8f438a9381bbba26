import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reportWhile } from './progress';
import { runCommand } from './run-command';
import { TEMPORAL_CLI_VERSION } from './version';

interface GoBuildOptions {
  /** Environment of the build; the user's Go settings in it apply. */
  readonly env: NodeJS.ProcessEnv;
  readonly packageRoot: string;
  /** The file to write. */
  readonly output: string;
  readonly onProgress: (line: string) => void;
  /** Default 4000 ms. */
  readonly progressEveryMs?: number;
}

const VERSION_VARIABLE = 'github.com/temporalio/cli/internal/temporalcli.Version';

/** The documented build command, as arguments for `go`. `-v` names each package as it is compiled. */
function goBuildArguments(output: string): string[] {
  const linkerFlags = `-s -w -X ${VERSION_VARIABLE}=${TEMPORAL_CLI_VERSION}`;
  return ['build', '-v', '-trimpath', '-ldflags', linkerFlags, '-o', output, 'github.com/temporalio/cli/cmd/temporal'];
}

/** Builds the Temporal CLI with the Go toolchain on PATH. Minutes the first time, seconds with a warm build cache. */
export async function goBuild(options: GoBuildOptions): Promise<void> {
  const counts = new BuildCounts();
  // Builds in a copy, because the package may be installed in a read-only folder. The copy is next to the output, so
  // that leftovers of a killed build are removed with it.
  const folder = `${options.output}.build`;
  await mkdir(folder);
  try {
    for (const file of ['go.mod', 'go.sum']) {
      await cp(join(options.packageRoot, 'tools', 'temporal', file), join(folder, file));
    }
    options.onProgress('Building the Temporal CLI with Go: about 5 minutes on 2 cores the first time');
    await reportWhile(
      options.progressEveryMs ?? 4_000,
      (seconds) => counts.line(seconds),
      options.onProgress,
      () =>
        runCommand('go', goBuildArguments(options.output), {
          cwd: folder,
          // GOWORK=off: a user's workspace above the temporary folder must not include this module.
          env: { ...options.env, CGO_ENABLED: '0', GOWORK: 'off' },
          onStderrLine: (line) => counts.add(line),
        }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Counts the output of `go build -v`: "go: downloading <module> <version>" and bare package names. */
class BuildCounts {
  private modules = 0;
  private packages = 0;
  private latest = '';

  add(line: string): void {
    const downloading = /^go: downloading (\S+ \S+)/.exec(line)?.[1];
    if (downloading !== undefined) this.modules += 1;
    else if (/^[\w./-]+$/.test(line)) this.packages += 1;
    else return;
    this.latest = downloading ?? line;
  }

  line(elapsedSeconds: number): string {
    const latest = this.latest === '' ? ', Go is reading its caches' : `, latest: ${this.latest}`;
    return (
      `Building the Temporal CLI, ${elapsedSeconds} s: ` +
      `${this.modules} modules downloaded, ${this.packages} packages compiled${latest}`
    );
  }
}
