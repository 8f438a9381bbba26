/** The gateway's metrics: on a port of their own, and not where strangers come. */
import { runInside } from '../cli/cli-inside';
import { type CliProcess, startCli } from '../cli/cli-process';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

const SECRET = 'never-to-be-shown-'.repeat(3);

let rig: Rig;
let gateway: CliProcess;

beforeAll(async () => {
  rig = await startRig({ worker: false });
  gateway = startCli(['gateway', '--gateway-port', '0'], tempFolder(), {
    ...rig.server.env,
    IMAGEPIPELINE_CALLBACK_SECRET: SECRET,
    IMAGEPIPELINE_METRICS_PORT: '0',
  });
});
afterAll(async () => {
  gateway.child.kill('SIGTERM');
  await gateway.finished;
  await rig.close();
});

test('callbacks are counted by result on the private port only', async () => {
  const text = await gateway.seen(/^ready/m);
  const [, privateUrl = ''] = /health and metrics at (\S+)/.exec(text) ?? [];
  const [, publicUrl = ''] = /callbacks at (http:[^\s,]+)/.exec(text) ?? [];
  await fetch(`${publicUrl}/callbacks/forged`, { method: 'POST' });
  expect((await fetch(`${publicUrl}/metrics`)).status).toBe(404);
  const metrics = await (await fetch(`${privateUrl}/metrics`)).text();
  expect(metrics).toMatch(/^imagepipeline_gateway_callbacks_total\{result="forged"\} 1$/m);
  expect(metrics).toMatch(/^imagepipeline_gateway_callbacks_total\{result="delivered"\} 0$/m);
  expect(metrics).toMatch(/^nodejs_eventloop_lag_seconds /m);
  expect((await fetch(`${privateUrl}/readyz`)).status).toBe(200);
});

test.each([
  ['worker', { IMAGEPIPELINE_API_KEY: 'ip_live_x' }],
  ['gateway', { IMAGEPIPELINE_CALLBACK_SECRET: SECRET }],
])('every setting that is wrong is named at once by the %s', async (command, right) => {
  const wrong = {
    IMAGEPIPELINE_METRICS_PORT: '70000',
    IMAGEPIPELINE_LOG_FORMAT: 'xml',
    IMAGEPIPELINE_LOG_LEVEL: 'loud',
  };
  const { code, stderr } = await runInside([command], tempFolder(), { ...right, ...wrong });
  expect(code).toBe(2);
  for (const name of Object.keys(wrong)) expect(stderr).toContain(name);
});
