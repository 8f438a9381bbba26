import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { toErrno } from './errors';

interface ProcessTable {
  /** When the process started, in whatever form the system has; null when there is no such process. */
  started(pid: number): string | null;
  commandLine(pid: number): string | null;
}

const procTable: ProcessTable = {
  started(pid) {
    const stat = readProc(`/proc/${pid}/stat`);
    if (stat === null) return null;
    // The second field is the command in brackets and may hold anything, so count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return null;
    // Ticks count from boot: without the boot's id, a process of before a restart could be taken for one of now.
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

/** Where nothing better is to be had, a process that lives is taken for the one that was recorded. */
const existenceTable: ProcessTable = {
  started: (pid) => (exists(pid) ? 'running' : null),
  commandLine: () => null,
};

const TABLES: Partial<Record<NodeJS.Platform, ProcessTable>> = { linux: procTable, win32: existenceTable };

/**
 * When the process started; null when it is gone. A pid with this tells a process from a later one with the same pid.
 */
export function processStarted(pid: number, platform: NodeJS.Platform = process.platform): string | null {
  return (TABLES[platform] ?? psTable).started(pid);
}

/** The process's command line; null when it is gone or the system does not tell. */
export function processCommandLine(pid: number, platform: NodeJS.Platform = process.platform): string | null {
  return (TABLES[platform] ?? psTable).commandLine(pid);
}

/** Names the space in which a pid means something: two containers on one machine, or two machines, differ in it. */
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
  // The C locale: the start time must read the same for every process that asks.
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
