import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { toErrno } from './errors';

interface ProcessTable {
  /** Start time of the process in the system's format; null if it does not exist. */
  started(pid: number): string | null;
  commandLine(pid: number): string | null;
}

const procTable: ProcessTable = {
  started(pid) {
    const stat = readProc(`/proc/${pid}/stat`);
    if (stat === null) return null;
    // The second field is the command in brackets and may contain anything, so parsing starts after the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return null;
    // Ticks count from boot; the boot id distinguishes processes from before a reboot.
    return `${readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${startTicks}`;
  },
  commandLine: (pid) => readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? null,
};

const psTable: ProcessTable = {
  started(pid) {
    const line = ps(pid, ['-o', 'stat=', '-o', 'lstart=']);
    return line === null || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  },
  commandLine: (pid) => ps(pid, ['-ww', '-o', 'command=']),
};

/** Fallback: a live process counts as the recorded one. */
const existenceTable: ProcessTable = {
  started: (pid) => (exists(pid) ? 'running' : null),
  commandLine: () => null,
};

const TABLES: Partial<Record<NodeJS.Platform, ProcessTable>> = { linux: procTable, win32: existenceTable };

/** Start time of the process; null if it has ended. Together with the pid it identifies the process. */
export function processStarted(pid: number, platform: NodeJS.Platform = process.platform): string | null {
  return (TABLES[platform] ?? psTable).started(pid);
}

/** The process's command line; null if it has ended or the system does not provide it. */
export function processCommandLine(pid: number, platform: NodeJS.Platform = process.platform): string | null {
  return (TABLES[platform] ?? psTable).commandLine(pid);
}

/** Identifies the pid namespace: it differs between two containers on one machine, and between machines. */
export function pidSpace(): string {
  return process.platform === 'linux' ? `${hostname()} ${readlinkSync('/proc/self/ns/pid')}` : hostname();
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (toErrno(error) === 'ENOENT' || toErrno(error) === 'ESRCH') return null;
    throw error;
  }
}

function ps(pid: number, format: readonly string[]): string | null {
  // The C locale makes the start time read the same for every process.
  const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C' };
  const { stdout, error } = spawnSync('ps', [...format, '-p', String(pid)], { env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return stdout.trim() === '' ? null : stdout.trim();
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return toErrno(error) === 'EPERM';
  }
}
