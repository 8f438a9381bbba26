import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { startTemporalServer, type TemporalServer, type TemporalServerOptions } from '../../tools/temporal';
import { RESOLVE_LIMIT_MS, realCli } from './support/real-cli';
import { Sandbox } from './support/sandbox';
import { isRunning } from './support/wait';

let cliPath: string;
let sandbox: Sandbox;
let servers: TemporalServer[];

beforeAll(async () => {
  cliPath = await realCli();
}, RESOLVE_LIMIT_MS);
beforeEach(() => {
  sandbox = new Sandbox();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  sandbox.remove();
});

async function start(options: Partial<TemporalServerOptions> = {}): Promise<TemporalServer> {
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null, stopGraceMs: 50, ...options });
  servers.push(server);
  return server;
}

async function withClient<T>(server: TemporalServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

function listen(port: number): Promise<{ port: number; server: Server }> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => {
      resolve({ server, port: (server.address() as { port: number }).port });
    });
  });
}

describe('a started server', () => {
  test('answers at once for the namespace and its search attributes, and shows its UI', async () => {
    const server = await start({ uiPort: 0, searchAttributes: ['Account', 'State'] });
    const { namespaceInfo, attributes } = await withClient(server, async ({ connection }) => {
      const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
      const { customAttributes } = await (connection as Connection).operatorService.listSearchAttributes({
        namespace: 'default',
      });
      return { namespaceInfo, attributes: Object.keys(customAttributes) };
    });
    expect(namespaceInfo?.name).toBe('default');
    expect(attributes).toEqual(expect.arrayContaining(['Account', 'State']));
    expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
  });

  test('that is stopped is gone when stop() resolves; stop() may be called again', async () => {
    const server = await start({ stopGraceMs: 10_000 });
    expect(server.uiUrl).toBeNull();
    await Promise.all([server.stop(), server.stop()]);
    expect(isRunning(server.pid)).toBe(false);
    await expect(server.exited).resolves.toEqual({ code: 0, signal: null });
  });

  test('that does not end by SIGTERM within the grace is killed', async () => {
    const server = await start({ stopGraceMs: 100 });
    process.kill(server.pid, 'SIGSTOP');
    await server.stop();
    await expect(server.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
  });

  test('that ends automatically is reported', async () => {
    const server = await start({ dbFile: sandbox.path('data', 'temporal.db') });
    process.kill(server.pid, 'SIGKILL');
    await expect(server.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    expect(existsSync(sandbox.path('data', 'temporal.pid'))).toBe(false);
  });

  test('keeps its database over stop and start', async () => {
    const dbFile = sandbox.path('data', 'temporal.db');
    const first = await start({ dbFile });
    const handle = await withClient(first, ({ workflow }) =>
      workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId: 'kept', args: [] }),
    );
    await first.stop();
    const second = await start({ dbFile });
    const { runId } = await withClient(second, ({ workflow }) => workflow.getHandle('kept').describe());
    expect(runId).toBe(handle.firstExecutionRunId);
  });
});

test('search attributes asked for later are usable at once in a database that has the namespace already', async () => {
  const dbFile = sandbox.path('data', 'temporal.db');
  await (await start({ dbFile })).stop();
  const server = await start({ dbFile, searchAttributes: ['Account'] });
  const Account = defineSearchAttributeKey('Account', SearchAttributeType.KEYWORD);
  const found = await withClient(server, async ({ workflow }) => {
    const typedSearchAttributes = [{ key: Account, value: 'studio' }];
    await workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId: 'found', args: [], typedSearchAttributes });
    return (await workflow.getHandle('found').describe()).typedSearchAttributes.get(Account);
  });
  expect(found).toBe('studio');
});

describe('a server that cannot start', () => {
  test.each([
    ['--port', (port: number) => ({ port })],
    ['--ui-port', (uiPort: number) => ({ uiPort })],
  ])('because a port is taken names the port and %s', async (flag, options) => {
    const { server, port } = await listen(0);
    try {
      await expect(start(options(port))).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: expect.stringMatching(new RegExp(`Port ${port} .* ${flag}\\b`)),
      });
    } finally {
      server.close();
    }
  });

  test('because its database file is none says so, and holds no claim on the folder', async () => {
    const dbFile = sandbox.path('temporal.db');
    writeFileSync(dbFile, 'this is not a database file, and never was one'.repeat(20));
    await expect(start({ dbFile })).rejects.toMatchObject({ code: 'DATABASE_UNUSABLE' });
    expect(existsSync(sandbox.path('temporal.pid'))).toBe(false);
  });

  test('because it ended says how, with its last lines', async () => {
    await expect(start({ searchAttributes: ['Bad=Nope'] })).rejects.toMatchObject({
      code: 'SERVER_EXITED',
      message: expect.stringMatching(/exit code 1[\s\S]*invalid search attribute value type "Nope/),
    });
  });

  test.each([
    ['never opens its port', 'setTimeout(() => undefined, 20_000)'],
    [
      'opens its port and answers nothing',
      'net.createServer().listen(process.argv[process.argv.indexOf("--port") + 1])',
    ],
  ])('because it %s is ended after the time limit', async (_what, body) => {
    writeFileSync(sandbox.path('mute.js'), `const net = require('node:net'); ${body};`);
    const run = `echo $$ > "${sandbox.path('pid')}"; exec "${process.execPath}" "${sandbox.path('mute.js')}" "$@"`;
    const mute = sandbox.script(sandbox.path('mute'), run);
    const starting = start({ cliPath: mute, readyTimeoutMs: 700 });
    await expect(starting).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    const pid = Number(readFileSync(sandbox.path('pid'), 'utf8'));
    expect(isRunning(pid)).toBe(false);
  });
});
