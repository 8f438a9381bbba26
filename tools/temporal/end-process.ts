import { setTimeout as sleep } from 'node:timers/promises';
import { toErrno } from './errors';
import { processStarted } from './process-identity';

const POLL_INTERVAL_MS = 50;

/** Ends a process that is not our child: SIGTERM, then SIGKILL after the grace period. Returns when it has ended. */
export async function endProcess(pid: number, started: string, graceMs = 10_000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!sendSignal(pid, signal)) return;
    for (const deadline = Date.now() + graceMs; Date.now() < deadline; await sleep(POLL_INTERVAL_MS)) {
      if (processStarted(pid) !== started) return;
    }
  }
  throw new Error(`Process ${pid}, a Temporal server of an earlier start, did not end after SIGKILL`);
}

/** Returns false if the process does not exist. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (toErrno(error) === 'ESRCH') return false;
    throw error;
  }
}
