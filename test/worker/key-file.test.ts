/** A key is rotated while a worker runs: its file changes, the worker does not stop. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImagePipelineClient } from '../../client';
import { startEmulator } from '../../emulator';
import { followSecretFile } from '../../input/secret-files';
import { startCli } from '../cli/cli-process';
import { SMALL } from '../support/images';
import { tempFolder } from '../support/temp-folder';
import { startTestTemporal } from '../support/temporal';
import { until } from '../support/until';

const NEW_KEY = 'ip_live_of_the_rotation';

test('a worker whose key was revoked continues with the key that its file has now', async () => {
  const folder = tempFolder();
  const file = path.join(folder, 'api_key');
  writeFileSync(file, 'ip_live_revoked\n');
  const emulator = await startEmulator({ apiKeys: [NEW_KEY], jobTime: { medianMs: 1, sigma: 0 } });
  const temporal = await startTestTemporal();
  const worker = startCli(['worker'], folder, {
    ...temporal.env,
    ...{ IMAGEPIPELINE_API_KEY_FILE: file, IMAGEPIPELINE_BASE_URL: emulator.url, IMAGEPIPELINE_STORE: folder },
  });
  const client = await ImagePipelineClient.connect({ env: temporal.env });
  try {
    await worker.seen(/^ready/m);
    const request = { prompt: 'a lighthouse', ...SMALL };
    const before = await client.startImage({ id: 'before', request });
    await expect(before.result()).rejects.toThrow(/^UNAUTHENTICATED/);
    expect(emulator.ledger().accepted).toBe(0);
    writeFileSync(file, `${NEW_KEY}\n`);
    await sleep(1_100);
    await client.account().resume();
    const after = await client.startImage({ id: 'after', request });
    expect(await after.result()).toMatchObject({ outcome: 'succeeded' });
    expect(emulator.ledger().accepted).toBe(1);
    expect(worker.text()).not.toContain('ip_live');
  } finally {
    worker.child.kill('SIGKILL');
    await worker.finished;
    await client.close();
    await Promise.all([emulator.close(), temporal.stop()]);
  }
});

test('a file that is empty or away keeps the last key', async () => {
  const file = path.join(tempFolder(), 'api_key');
  writeFileSync(file, 'first');
  const read = followSecretFile({ IMAGEPIPELINE_API_KEY_FILE: file }, 'IMAGEPIPELINE_API_KEY', 'first');
  writeFileSync(file, '');
  await sleep(1_050);
  expect(read?.()).toBe('first');
  writeFileSync(file, 'second\n');
  await until('the file is read again', async () => read?.() === 'second');
  expect(followSecretFile({}, 'IMAGEPIPELINE_API_KEY', 'first')).toBeNull();
});
