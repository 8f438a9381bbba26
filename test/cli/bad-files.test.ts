/** Files that cannot be a batch: clear words about what was found, and nothing is submitted, started or written. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Rig, startRig } from '../support/rig';
import { BatchCli, formatPrompt } from './batch-cli';

const HEAD = 'key,prompt,width,height,output_format';
const LONG = 10_000_000;

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

async function expectNothing(id: string): Promise<void> {
  expect(rig.emulator.ledger()).toMatchObject({ submits: 0, accepted: 0 });
  expect(existsSync(path.join(rig.store, 'batches', id))).toBe(false);
  await expect(rig.client.batch(id).status()).rejects.toThrow(`there is no batch "${id}"`);
}

test.each<[string, string | Buffer, RegExp]>([
  ['is empty', '', /^bad\.csv is empty; must have at least one row$/m],
  ['has a header only', `${HEAD}\n`, /^bad\.csv has at most a header, and no rows; must have at least one$/m],
  [
    'is in Latin-1',
    Buffer.from('key,prompt\na,x\nb,gr\xfcn\n', 'latin1'),
    /line 3: bad\.csv is not valid UTF-8 \(byte 19\); save it as UTF-8\n.*fix it/,
  ],
  [
    'is in UTF-16 without a byte order mark',
    Buffer.from(`${HEAD}\na,x,32,32,png\n`, 'utf16le'),
    /bad\.csv has a zero byte/,
  ],
  ['has its header twice', `${HEAD}\na,x,32,32,png\n${HEAD}\n`, /line 3: row repeats the header/],
  [
    'has 10 MB in one field in quotes',
    `key,prompt\na,x\nb,"${'x'.repeat(LONG)}"\n`,
    /line 3: row is longer than 1000000 bytes; shorten it/,
  ],
  [
    'has a quote that never closes, with 10 MB behind it',
    `key,prompt\na,"${'y\n'.repeat(LONG / 2)}`,
    /line 2: row is longer than 1000000 bytes; shorten it, or close the quote/,
  ],
  ['has a key that leaves the folder', 'key,prompt\na,x\n../../b,y\n', /line 3.*: key is "\.\.\/\.\.\/b"/],
  ['has a key twice', 'key,prompt\na,x\nb,y\na,z\n', /line 4, key "a": key is "a", which line 2 has already/],
  ['has keys that differ in case only', 'key,prompt\nA,x\na,z\n', /line 3, key "a": key is "a", which line 2 has/],
  ['has a column that is nearly known', 'key,prompt,widt\na,x,32\n', /line 1: widt is not known; did you mean width\?/],
  [
    'has a column that is nearly known without case',
    'key,prompt,Widt\na,x,32\n',
    /line 1: Widt is not known; did you mean width\?/,
  ],
  ['has one wrong row among right ones', 'key,prompt,width\na,x,32\nb,y,wide\n', /line 3, key "b": width is/],
])('a file that %s', async (_problem, content, words) => {
  const { code, stdout, stderr } = await batchCli.run(
    'batch',
    batchCli.write('bad.csv', content),
    '--id',
    'bad',
    '--json',
  );
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(words);
  expect(stderr.length).toBeLessThan(1_000);
  await expectNothing('bad');
});

test('a file that is not there is named', async () => {
  const { code, stderr } = await batchCli.run('batch', 'nowhere.csv', '--id', 'bad');
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.csv') });
  await expectNothing('bad');
});

test('a file that was right when it was planned is checked again, whole, before anything starts', async () => {
  const good = batchCli.writeRows('changing', { a: '', b: '' });
  expect(await batchCli.run('plan', good)).toMatchObject({ code: 0, stderr: '' });
  batchCli.write(good, 'key,prompt,width\na,x,32\nb,y,5000\n');
  const { code, stderr } = await batchCli.run('batch', good, '--id', 'changing');
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/line 3, key "b": width is 5000/) });
  await expectNothing('changing');
});

test('a file that changed after its batch was started is refused under the same id, and the rows stay as they were', async () => {
  const file = batchCli.writeRows('started', { a: '', b: '' });
  expect(await batchCli.run('batch', file, '--id', 'started', '--detach')).toMatchObject({ code: 0 });
  const rows = batchCli.writeRows('started', { a: '', b: 'changed' });
  const { code, stderr } = await batchCli.run('batch', rows, '--id', 'started', '--detach');
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--id is "started", which was used for other rows'),
  });
  expect(await rig.client.batch('started').result()).toMatchObject({ counts: { succeeded: 2, total: 2 } });
  expect(batchCli.jobs('started', 'b').map(({ prompt }) => prompt.trim())).toEqual([formatPrompt('started', 'b')]);
});
