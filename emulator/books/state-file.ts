import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Job } from '../jobs/job';
import type { LedgerCounters, RefusalRecord, Tally } from './ledger';

/** One line of the state file. */
export type StateLine =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'credits'; readonly at: number; readonly credits: number | null }
  | { readonly type: 'tally'; readonly jobId: string; readonly tally: Tally }
  | { readonly type: 'refusals'; readonly refusals: readonly RefusalRecord[] }
  | { readonly type: 'counters'; readonly counters: LedgerCounters };

/** Receives lines, or discards them if no state is kept. */
export interface StateLog {
  append(line: StateLine): void;
  close(): void;
}

export const NO_STATE_LOG: StateLog = { append: () => undefined, close: () => undefined };

/** Opens or creates the file and returns its content. */
export function openStateFile(path: string): { readonly lines: readonly StateLine[]; readonly log: StateLog } {
  const whole = existsSync(path) ? wholeLines(readFileSync(path)) : Buffer.alloc(0);
  const lines = parseLines(whole.toString('utf8'), path);
  const file = openSync(path, 'a');
  // A process killed while writing leaves half a line; the next line must not be appended to it.
  ftruncateSync(file, whole.length);
  return { lines, log: logTo(file) };
}

/** Written before the answer is sent, so an accepted job is never lost with the process. */
function logTo(file: number): StateLog {
  return {
    append: (line) => {
      writeSync(file, `${JSON.stringify(line)}\n`);
    },
    close: () => closeSync(file),
  };
}

function wholeLines(content: Buffer): Buffer {
  return content.subarray(0, content.lastIndexOf('\n') + 1);
}

function parseLines(content: string, path: string): readonly StateLine[] {
  return content.split('\n').flatMap((line, index) => (line === '' ? [] : [parseLine(line, `${path}:${index + 1}`)]));
}

function parseLine(line: string, place: string): StateLine {
  try {
    return JSON.parse(line) as StateLine;
  } catch (error) {
    throw new Error(`${place}: not a line of an emulator's state`, { cause: error });
  }
}
