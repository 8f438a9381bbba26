/** What a command gets from its process; given by the entry file, or by a test. */
import type { Environment } from '../workflows/domain/base/environment';

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Aborted when its reader has gone; absent where that cannot be. */
  readonly closed?: AbortSignal | undefined;
  /** Text; on the streams of a command, control characters in it are not passed on. */
  write(text: string): boolean;
  /** What moves the cursor, of the program's own making. Absent: `write` passes everything on. */
  control?(sequence: string): boolean;
}

export interface CliContext {
  readonly env: Environment;
  readonly cwd: string;
  /** Results, and nothing else. */
  readonly stdout: OutputStream;
  /** Progress and problems. */
  readonly stderr: OutputStream;
  /** How it was called, without arguments, for instance `npx imagepipeline`. Default `imagepipeline`. */
  readonly program?: string;
  /** Whether traces are sent by this process. Default false. */
  readonly traced?: boolean;
}
