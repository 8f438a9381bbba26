/** The receiver of the docs, in Python, with the Python library of Standard Webhooks: it accepts what we sign, once. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createUndiciTransport } from '../../activities';
import { NotificationSender } from '../../activities/notifications';
import type { NotificationEvent } from '../../workflows/domain/notifications/notification';
import { NOTIFY_SECRET } from '../support/receiver';
import { until } from '../support/until';

const VERSION = '1.1.0';
/** Where `.ci/install-tools` installs it. */
const INSTALLED = path.join(homedir(), '.cache', 'imagepipeline-temporal', 'python-standardwebhooks');
const ENVIRONMENT = { ...process.env, ...(existsSync(INSTALLED) ? { PYTHONPATH: INSTALLED } : {}) };
const EXAMPLE = path.join(__dirname, '..', '..', 'docs', 'examples', 'notification_receiver.py');

function isInstalled(): boolean {
  try {
    const code = 'import importlib.metadata as m; print(m.version("standardwebhooks"))';
    const options = { env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('python3', ['-c', code], options).trim() === VERSION;
  } catch {
    // There is no Python, or not this version of the library.
    return false;
  }
}

const testWithPython = isInstalled() ? test : test.skip;
if (!isInstalled())
  process.stderr.write(`skipped: standardwebhooks ${VERSION} for Python; .ci/install-tools installs it\n`);

const children: ChildProcess[] = [];
const transport = createUndiciTransport();

afterAll(async () => {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
  await transport.close();
});

testWithPython('verifies our signature, prints each notification once, and refuses another secret', async () => {
  const env = { ...ENVIRONMENT, IMAGEPIPELINE_NOTIFY_SECRET: NOTIFY_SECRET };
  const child = spawn('python3', [EXAMPLE, '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const port = await until('it listens', () => /^listening on (\d+)$/.exec(lines[0] ?? '')?.[1]);
  const event: NotificationEvent = {
    ...{ version: 1, id: 'msg_run_1_completed', type: 'batch.completed', timestamp: new Date().toISOString() },
    data: { batch: 'ä "spring"', run: 'run', state: 'completed', pausedBy: null, code: null, remedy: null, counts: {} },
  };
  const { signal } = new AbortController();
  const sendWith = (...secrets: readonly string[]) =>
    new NotificationSender({ send: transport.send, secrets, allowPrivate: true }).send(
      `http://127.0.0.1:${port}/`,
      event,
      signal,
    );
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  expect(await sendWith(other)).toEqual({ kind: 'undelivered', answer: 'HTTP 401', retryAfterMs: undefined });
  expect(await sendWith(NOTIFY_SECRET)).toEqual({ kind: 'delivered', answer: 'HTTP 204' });
  expect(await sendWith(other, NOTIFY_SECRET)).toEqual({ kind: 'delivered', answer: 'HTTP 204' });
  expect(lines.slice(1)).toEqual(['batch.completed msg_run_1_completed']);
});
