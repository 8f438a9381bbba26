/** Finds leftovers of a run: processes by a mark in their environment, ports, and temporary files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const PROCESSES = '/proc';
/** Names of temporary files. */
const UNFINISHED = '.part';

/** Finds none on systems without /proc. */
export function processesMarked(mark: string): readonly string[] {
  if (!existsSync(PROCESSES)) return [];
  const pids = readdirSync(PROCESSES).filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => readProcessFile(pid, 'environ').includes(mark))
    .map((pid) => `${pid} (${readCommand(pid)})`);
}

function readCommand(pid: string): string {
  return readProcessFile(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** Empty for a process that has just ended, or belongs to another user. */
function readProcessFile(pid: string, file: string): string {
  try {
    return readFileSync(path.join(PROCESSES, pid, file), 'utf8');
  } catch {
    return '';
  }
}

export async function listening(ports: readonly number[]): Promise<readonly string[]> {
  const answers = await Promise.all(ports.map(takesConnections));
  return ports.filter((_port, index) => answers[index]).map(String);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Every file in the temporary folders, and temporary files below `store`. */
export function filesLeft(temporaryFolders: readonly string[], store: string): readonly string[] {
  const temporary = temporaryFolders.flatMap((folder) => namesIn(folder).map((name) => path.join(folder, name)));
  const unfinished = namesIn(store, true).filter((name) => name.endsWith(UNFINISHED));
  return [...new Set([...temporary, ...unfinished.map((name) => path.join(store, name))])];
}

function namesIn(folder: string, recursive = false): readonly string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive, encoding: 'utf8' }) : [];
}
