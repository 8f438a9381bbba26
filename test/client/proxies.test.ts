/** A proxy that is named by the environment is no way to this machine's own Temporal server. */
import { runCli } from '../cli/cli-process';
import { listener } from '../support/provider';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

let server: TestTemporal;

beforeAll(async () => {
  server = await startTestTemporal();
});
afterAll(() => server.stop());

test.each([
  ['named by NO_PROXY', { NO_PROXY: '127.0.0.1,localhost' }],
  ['named by nothing', {}],
])('a loopback address %s is reached without it', async (_what, more) => {
  const proxy = await listener((socket) => socket.destroy());
  const address = `http://127.0.0.1:${proxy.port}`;
  const env = { ...server.env, https_proxy: address, http_proxy: address, HTTPS_PROXY: address, ...more };
  const { code, stderr } = await runCli(['batches'], tempFolder(), env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'no batches in this namespace\n' });
  expect(proxy.connections()).toBe(0);
});
