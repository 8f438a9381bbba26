import { setTimeout as sleep } from 'node:timers/promises';
import { toErrno } from './errors';
import { processStarted } from './process-identity';

const POLL_INTERVAL_MS = 50;

/** Ends a process that is not our child: SIGTERM, after the grace SIGKILL; returns when it is gone. */
export async function endProcess(pid: number, started: string, graceMs = 10_000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!sendSignal(pid, signal)) return;
    for (const deadline = Date.now() + graceMs; Date.now() < deadline; await sleep(POLL_INTERVAL_MS)) {
      if (processStarted(pid) !== started) return;
    }
  }
  throw new Error(`Process ${pid}, a Temporal server of an earlier start, does not end even by SIGKILL`);
}

/** False when there is no such process any more. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (toErrno(error) === 'ESRCH') return false;
    throw error;
  }
}
