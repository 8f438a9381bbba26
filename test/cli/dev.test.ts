import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { runCli, startCli, startDev } from './cli-process';

const SMALL = ['--width', '64', '--height', '64'];

function serverPid(folder: string): number {
  const { server }: { server: number } = JSON.parse(readFileSync(path.join(folder, 'data', 'temporal.pid'), 'utf8'));
  return server;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('one Ctrl-C ends dev with exit code 0 and leaves no server behind', async () => {
  const folder = tempFolder();
  const dev = await startDev(folder);
  const log = path.join(folder, 'data', 'worker.log');
  expect(dev.cli.text()).toContain(`log in ${log}\n`);
  expect(existsSync(log)).toBe(true);
  // Without tokens, only the link leads in.
  const [, dashboard = ''] =
    /Dashboard +(http:\/\/127\.0\.0\.1:\d+\/dashboard)#code=[\w-]{43} /.exec(dev.cli.text()) ?? [];
  expect((await fetch(dashboard)).status).toBe(200);
  expect((await fetch(`${dashboard}/session`)).status).toBe(401);
  expect(dev.cli.text()).not.toContain('HTTP API');
  const pid = serverPid(folder);
  expect(alive(pid)).toBe(true);
  expect(await dev.stop()).toBe(0);
  expect(alive(pid)).toBe(false);
});

test('after kill -9 no server stays, the next dev starts, and the image in progress is finished and paid once', async () => {
  const folder = tempFolder();
  const first = await startDev(folder);
  const pid = serverPid(folder);
  const cli = startCli(['generate', 'survivor', ...SMALL, '--id', 'survivor'], folder, first.env);
  await cli.seen(/job_\w+/);
  first.cli.child.kill('SIGKILL');
  cli.child.kill('SIGINT');
  await Promise.all([once(first.cli.child, 'exit'), cli.finished]);
  await until('the server is gone', () => !alive(pid));

  const second = await startDev(folder);
  const { code, stdout } = await runCli(['generate', 'survivor', ...SMALL, '--id', 'survivor'], folder, second.env);
  const ledger = (await (await fetch(`${second.emulatorUrl}/_emulator/ledger`)).json()) as { accepted: number };
  await second.stop();
  expect(code).toBe(0);
  expect(existsSync(stdout.trimEnd())).toBe(true);
  expect(ledger.accepted).toBe(1);
});

test('a port that is taken is named together with its flag', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const { code, stderr } = await runCli(['dev', '--port', port, '--ui-port', '0'], tempFolder());
  other.close();
  expect(code).toBe(2);
  expect(stderr).toContain(port);
  expect(stderr).toContain('--port');
});

test('with --no-worker the commands that are printed are whole: a worker and an image need nothing else', async () => {
  const folder = tempFolder();
  const dev = await startDev(folder, ['--no-worker', '--callbacks', '--gateway-port', '0']);
  const text = await dev.cli.seen(/^ready/m);
  const [worker, image] = [/start one with: (.*) worker$/m, /try: (.*) generate /].map((line) =>
    settingsIn(line.exec(text)?.[1] ?? ''),
  );
  const store = path.join(folder, 'data', 'store');
  expect(text).toContain(`Results          ${store}`);
  expect(image).toEqual({ ...dev.env, IMAGEPIPELINE_STORE: store });
  expect(worker).toEqual({
    ...image,
    IMAGEPIPELINE_BASE_URL: dev.emulatorUrl,
    IMAGEPIPELINE_API_KEY: expect.any(String),
    IMAGEPIPELINE_CALLBACK_URL: expect.stringMatching(/^http:/),
    IMAGEPIPELINE_CALLBACK_SECRET_FILE: path.join(folder, 'data', 'callback-secret'),
  });
  const waiting = startCli(['generate', 'patience', ...SMALL, '--output', 'copy.webp'], folder, image);
  await waiting.seen(/waiting for a worker/);
  const own = startCli(['worker'], folder, worker);
  const { code } = await waiting.finished;
  own.child.kill('SIGTERM');
  expect((await own.finished).code).toBe(0);
  await dev.stop();
  expect(code).toBe(0);
  expect(existsSync(path.join(folder, 'copy.webp'))).toBe(true);
  expect(readdirSync(path.join(store, 'items'))).toHaveLength(1);
});

/** The settings before a command. */
function settingsIn(command: string): Record<string, string> {
  return Object.fromEntries(command.split(' ').flatMap((word) => (word.includes('=') ? [word.split('=', 2)] : [])));
}
