import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal';
import { prepareDatabase } from '../../tools/temporal/database';
import { type Child, killChildren, startChild } from './support/child';
import { RESOLVE_LIMIT_MS, realCli } from './support/real-cli';
import { Sandbox } from './support/sandbox';
import { isRunning, until, untilGone } from './support/wait';

interface Owned {
  pid: number;
  sibling: number;
  error?: string;
}

let cliPath: string;
let sandbox: Sandbox;
let dbFile: string;
let servers: TemporalServer[];
let pids: number[];

beforeAll(async () => {
  cliPath = await realCli();
}, RESOLVE_LIMIT_MS);
beforeEach(() => {
  sandbox = new Sandbox();
  dbFile = sandbox.path('data', 'temporal.db');
  servers = [];
  pids = [];
});
afterEach(async () => {
  await killChildren();
  for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL');
  await Promise.all(servers.map((server) => server.stop()));
  sandbox.remove();
});

const options = (database?: string) => ({
  cliPath,
  port: 0,
  uiPort: null,
  stopGraceMs: 50,
  ...(database !== undefined && { dbFile: database }),
});

async function owner(database?: string): Promise<{ child: Child; server: Owned }> {
  const child = startChild('server-owner.ts', options(database));
  const server = await child.next<Owned>();
  pids.push(server.pid, server.sibling);
  return { child, server };
}

async function startHere(): Promise<TemporalServer> {
  const server = await startTemporalServer(options(dbFile));
  servers.push(server);
  return server;
}

/** The pids of the watches over a server, which are its only children, or ours. */
function findWatchdogs(parent: number, mentions: string): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=', '-o', 'ppid=', '-o', 'command='], {
    encoding: 'utf8',
  });
  const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/s.exec(line));
  return rows.flatMap((row) => (Number(row?.[2]) === parent && row?.[3]?.includes(mentions) ? [Number(row[1])] : []));
}

const recordFile = () => sandbox.path('data', 'temporal.pid');

describe('a server ends with the process that started it', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('when that is ended by %s', async (signal) => {
    const { child, server } = await owner();
    expect(isRunning(server.pid)).toBe(true);
    await child.kill(signal);
    await untilGone(server.pid);
    expect(isRunning(server.sibling)).toBe(true);
  });

  test('also when its watch had been killed before', async () => {
    const { child, server } = await owner();
    const [watch] = findWatchdogs(server.pid, '/bin/sh');
    process.kill(watch as number, 'SIGKILL');
    await until('there is another watch', () => findWatchdogs(child.pid, `sh ${server.pid}`).length === 1);
    await child.kill('SIGKILL');
    await untilGone(server.pid);
  });
});

test('Ctrl-C for the process group of its owner does not reach the server', async () => {
  const { server } = await owner();
  const { stdout } = spawnSync('ps', ['-o', 'pgid=', '-p', String(server.pid)], { encoding: 'utf8' });
  expect(Number(stdout)).toBe(server.pid);
});

test('no watch stays behind after stop()', async () => {
  const server = await startHere();
  const [watch] = findWatchdogs(server.pid, '/bin/sh');
  expect(isRunning(watch as number)).toBe(true);
  await server.stop();
  await untilGone(watch as number);
});

describe('a database', () => {
  test('whose owner lives is refused to a second process, with the name of the owner', async () => {
    const { child, server } = await owner(dbFile);
    await expect(startHere()).rejects.toMatchObject({
      code: 'DATABASE_IN_USE',
      message: expect.stringContaining(`process ${child.pid} `),
    });
    expect(isRunning(server.pid)).toBe(true);
  });

  test('is refused by whatever path it is reached', async () => {
    await startHere();
    symlinkSync(sandbox.path('data'), sandbox.path('link'));
    const roundabout = sandbox.path('link', 'temporal.db');
    await expect(startTemporalServer(options(roundabout))).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
  });

  test('is free again after stop()', async () => {
    await (await startHere()).stop();
    expect(existsSync(recordFile())).toBe(false);
    await startHere();
  });

  test('with a server that outlived both owner and watch is freed of it by the next start', async () => {
    const { child, server } = await owner(dbFile);
    // Stopped, the owner cannot replace the watch: as if both were killed in the same moment.
    process.kill(child.pid, 'SIGSTOP');
    for (const watch of findWatchdogs(server.pid, '/bin/sh')) process.kill(watch, 'SIGKILL');
    await child.kill('SIGKILL');
    expect(isRunning(server.pid)).toBe(true);
    await prepareDatabase(dbFile);
    expect(isRunning(server.pid)).toBe(false);
    await startHere();
  });

  test.each([
    ['is no server', () => [dbFile]],
    ['serves another database', () => ['server', 'start-dev', 'another.db']],
  ])('is taken over without touching the process that has the recorded pid now and %s', async (_which, args) => {
    const innocent = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 20_000)', ...args()]).pid as number;
    pids.push(innocent);
    mkdirSync(sandbox.path('data'));
    writeFileSync(recordFile(), JSON.stringify({ owner: 1, server: innocent, dbFile }));
    await prepareDatabase(dbFile);
    await sleep(200); // A signal, had one been sent, takes a moment to end it.
    expect(isRunning(innocent)).toBe(true);
    expect(existsSync(recordFile())).toBe(false);
  });

  test.each([
    ['is missing', () => rmSync(recordFile())],
    ['is damaged', () => writeFileSync(recordFile(), '{"owner":')],
  ])('that is in use is refused also when its record %s, and the server that has it continues', async (_how, spoil) => {
    const { server } = await owner(dbFile);
    spoil();
    await expect(startHere()).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
    expect(isRunning(server.pid)).toBe(true);
  });

  test('for which two start at once gets one of them', async () => {
    const starts = await Promise.allSettled([startHere(), startHere()]);
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = starts.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(reason).toMatchObject({ code: 'DATABASE_IN_USE' });
  });
});
