/** The environment of a command: provided by the entry file, or by a test. */
import type { Environment } from '../workflows/domain/base/environment';

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Aborted when the reader has closed the stream; absent if that cannot happen. */
  readonly closed?: AbortSignal | undefined;
  /** Writes text. The streams of a command remove control characters from it. */
  write(text: string): boolean;
  /** Writes a control sequence of the program itself. Absent: `write` does not filter. */
  control?(sequence: string): boolean;
}

export interface CliContext {
  readonly env: Environment;
  readonly cwd: string;
  /** Results only. */
  readonly stdout: OutputStream;
  /** Progress and problems. */
  readonly stderr: OutputStream;
  /** How this process was called, without arguments, for instance `npx imagepipeline`. Default `imagepipeline`. */
  readonly program?: string;
  /** Asks at a terminal and returns the answer. Absent: there is no terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Whether this process sends traces. Default false. */
  readonly traced?: boolean;
  /** Adds work for the end of the command, however it ends. Absent: the end of the process is enough. */
  readonly atEnd?: (work: () => Promise<void>) => void;
}
