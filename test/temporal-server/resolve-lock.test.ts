import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolveTemporalCli } from '../../tools/temporal';
import { runAlone } from '../../tools/temporal/run-alone';
import { type Child, killChildren, startChild } from './support/child';
import { Sandbox } from './support/sandbox';
import { until } from './support/wait';

/** A line of progress, or the result. */
type Said = { readonly line: string } | { readonly route: string };

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await killChildren();
  sandbox.remove();
});

const LONG_AGO = new Date(Date.now() - 60_000);
const download = () => Promise.reject(new Error('no download in this test'));
const resolve = (onProgress: (line: string) => void = () => undefined) =>
  resolveTemporalCli({ env: sandbox.env(), download, onProgress });
const alone = (work: () => Promise<void>) => runAlone(sandbox.making, 'working', () => undefined, work);

test('processes that ask at once build once; those that wait say for whom', async () => {
  const goOn = sandbox.path('go-on');
  sandbox.go(`while [ ! -e "${goOn}" ]; do /bin/sleep 0.1; done`);
  const waiting = new Set<Child>();
  const untilResolved = async (child: Child): Promise<string> => {
    for (;;) {
      const said = await child.next<Said>();
      if ('route' in said) return said.route;
      if (/Waiting for process \d+ .*making the Temporal CLI/.test(said.line)) waiting.add(child);
      if (waiting.size === 2) writeFileSync(goOn, '');
    }
  };
  const children = [1, 2, 3].map(() => startChild('resolver.ts', sandbox.env()));
  const routes = await Promise.all(children.map(untilResolved));
  expect(routes.sort()).toEqual(['cache', 'cache', 'go build']);
  expect(sandbox.builds()).toHaveLength(1);
});

test('calls at once within one process build once', async () => {
  sandbox.go('/bin/sleep 0.3');
  const resolved = await Promise.all([resolve(), resolve()]);
  expect(resolved.map(({ route }) => route).sort()).toEqual(['cache', 'go build']);
});

test('the folder of a builder that was killed is cleared away once it has not been touched for long', async () => {
  sandbox.go('echo started > "$2"; /bin/sleep 1');
  const builder = startChild('resolver.ts', sandbox.env());
  await until('the build has begun', () => sandbox.builds().length === 1);
  await builder.kill('SIGKILL');
  expect(existsSync(sandbox.making)).toBe(true);
  const lines: string[] = [];
  const resolving = resolve((line) => lines.push(line));
  await until('it waits', () => lines.some((line) => line.startsWith(`Waiting for process ${builder.pid} `)));
  utimesSync(sandbox.making, LONG_AGO, LONG_AGO);
  await expect(resolving).resolves.toMatchObject({ route: 'go build' });
  expect(existsSync(sandbox.making)).toBe(false);
});

test.each([
  ['names its process', 'process 1 on elsewhere', 'Waiting for process 1 on elsewhere'],
  ['does not name its process yet', null, 'Waiting for a process'],
])(
  'a folder that %s is waited for while it is touched, and the binary made there is used',
  async (_how, name, line) => {
    sandbox.go();
    mkdirSync(sandbox.making);
    if (name !== null) writeFileSync(join(sandbox.making, 'process'), name);
    const lines: string[] = [];
    const resolving = resolve((text) => lines.push(text));
    await until('it waits', () => lines.length > 0);
    expect(lines[0]).toContain(line);
    sandbox.temporal(sandbox.cached);
    rmSync(sandbox.making, { recursive: true });
    await expect(resolving).resolves.toEqual({ path: sandbox.cached, route: 'cache' });
    expect(sandbox.builds()).toEqual([]);
  },
);

test('a process at work keeps touching its folder', async () => {
  await alone(async () => {
    utimesSync(sandbox.making, LONG_AGO, LONG_AGO);
    await until('it is touched', () => Date.now() - statSync(sandbox.making).mtimeMs < 10_000);
  });
});

test('of several that find an abandoned folder, one works at a time', async () => {
  mkdirSync(sandbox.making);
  utimesSync(sandbox.making, LONG_AGO, LONG_AGO);
  let [working, most] = [0, 0];
  const work = async () => {
    working += 1;
    most = Math.max(most, working);
    await sleep(50);
    expect(existsSync(sandbox.making)).toBe(true);
    working -= 1;
  };
  await Promise.all([1, 2, 3].map(() => alone(work)));
  expect(most).toBe(1);
});
