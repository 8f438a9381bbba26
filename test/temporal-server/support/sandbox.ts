import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TEMPORAL_CLI_VERSION } from '../../../tools/temporal';
import { defaultCacheDir } from '../../../tools/temporal/go-programs';

/** A temporary folder with a PATH of its own, on which only what a test puts there is found. */
export class Sandbox {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'temporal-server-test-')));
  readonly bin = join(this.folder, 'bin');
  readonly cacheDir = defaultCacheDir({ HOME: this.folder }, process.platform);
  /** Where the binary for this machine belongs. */
  readonly cached = join(
    this.cacheDir,
    `temporal-cli-${TEMPORAL_CLI_VERSION}`,
    `${process.platform}-${process.arch}`,
    'temporal',
  );
  /** The folder of the process that makes it. */
  readonly making = `${this.cached}.making`;

  constructor() {
    mkdirSync(this.bin);
    mkdirSync(dirname(this.cached), { recursive: true });
  }

  /** Settings in which nothing of the real machine is found. */
  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { PATH: this.bin, HOME: this.folder, ...more };
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  script(path: string, body: string): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  temporal(path: string, version: string = TEMPORAL_CLI_VERSION): string {
    return this.script(path, `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`);
  }

  /** A `go` that notes its arguments, runs `during`, and writes the given content as the binary. */
  go(during = '', binary = `#!/bin/sh\necho "temporal version ${TEMPORAL_CLI_VERSION}"\n`): void {
    const source = this.path('go-output');
    writeFileSync(source, binary);
    const findOutput = 'while [ "$1" != "-o" ]; do shift; done';
    const note = `echo "$* [$CGO_ENABLED] [$(/bin/ls)]" | /usr/bin/tr '\\n' ' ' >> "${this.path('builds')}"`;
    const endNote = `echo >> "${this.path('builds')}"`;
    this.script(
      join(this.bin, 'go'),
      [note, endNote, findOutput, during, `/bin/cp "${source}" "$2"; /bin/chmod 755 "$2"`].join('\n'),
    );
  }

  /** One line for each run of the fake `go`. */
  builds(): string[] {
    const file = this.path('builds');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
