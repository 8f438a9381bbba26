/** The commands as they are shipped, with keys: the built bundle of the workflows encodes its failures too. */

import { newKey } from '../payloads/keys';
import { rawView, readFields } from '../payloads/raw-histories';
import { tempFolder } from '../support/temp-folder';
import { type CliProcess, runCli, startCli } from './cli-process';

const running: CliProcess[] = [];

afterEach(async () => {
  for (const { child } of running) child.kill('SIGINT');
  await Promise.all(running.splice(0).map(({ finished }) => finished));
});

test('dev and generate agree on the keys, and the server sees nothing but the code', async () => {
  const folder = tempFolder();
  const keys = { IMAGEPIPELINE_ENCRYPTION_KEYS: newKey('dev') };
  const dev = startCli(['dev', '--port', '0', '--ui-port', '0', '--data-dir', 'data'], folder, keys);
  running.push(dev);
  const [, address = ''] = /Temporal server +(\S+),/.exec(await dev.seen(/^ready/m)) ?? [];
  const env = { TEMPORAL_ADDRESS: address, ...keys };
  const { code, stderr } = await runCli(['generate', 'a quiet owl {{INPUT_INVALID}}', '--id', 'owl'], folder, env);
  expect(code).toBe(3);
  expect(stderr).not.toContain('Encoded failure');
  const raw = await rawView({ address, namespace: 'default' });
  expect(readFields(raw.payloads, 'encoding')).toEqual(['binary/encrypted']);
  expect([raw.text.includes('INPUT_INVALID'), raw.text.includes('quiet owl')]).toEqual([true, false]);
  const messages = [...raw.text.matchAll(/"message":"([^"]+)"/g)].map(([, message]) => message);
  expect(new Set(messages)).toEqual(new Set(['Encoded failure']));
  dev.child.kill('SIGINT');
  expect((await dev.finished).code).toBe(0);
});

test('dev refuses keys that are none before it starts anything', async () => {
  const { code, stdout, stderr } = await runCli(['dev'], tempFolder(), { IMAGEPIPELINE_ENCRYPTION_KEYS: 'nonsense' });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('IMAGEPIPELINE_ENCRYPTION_KEYS');
});
