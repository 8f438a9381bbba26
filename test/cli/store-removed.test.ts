/** The folder of the store is not there when commands and the gateway ask for it: each says so, what to do, and changes nothing. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Api } from '../../gateway';
import { filesBelow } from '../activities/store/tested-stores';
import { AUTHORIZED, startTestApi } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

let rig: Rig;
let cli: BatchCli;
let api: Api;

const image = (prompt: string) => ({ prompt, width: 32, height: 32 });

beforeAll(async () => {
  rig = await startRig();
  cli = new BatchCli(rig);
  api = await startTestApi(rig);
  await (await rig.client.startBatch({ id: 'spring', rows: [{ key: 'a', ...image('a') }] })).result();
  await (await rig.client.startImage({ id: 'one', request: image('one') })).result();
});
afterAll(() => rig.close());

const COMMANDS = [
  ['results', 'spring'],
  ['download', 'spring', '--to', 'out'],
  ['download', 'one', '--to', 'out'],
  ['usage'],
  ['delete', 'spring', '--yes'],
  ['delete', 'one', '--yes'],
  ['prune', '--older-than', '1ms', '--yes'],
  ['redrive', 'spring'],
];
const ROUTES = [
  ['GET', '/v1/items/one/files/result'],
  ['GET', '/v1/batches/spring/results'],
  ['GET', '/v1/batches/spring/items/a'],
  ['GET', '/v1/batches/spring/items/a/files/result'],
  ['GET', '/v1/batches/spring/files.zip'],
  ['GET', '/v1/usage'],
  ['DELETE', '/v1/batches/spring'],
  ['DELETE', '/v1/items/one'],
] as const;

/** What stands where the folder was, and what every message says of it. */
const PLACES = {
  nothing: { put: () => undefined, words: /does not exist; mount it, or set IMAGEPIPELINE_STORE/ },
  'a file': {
    put: () => writeFileSync(rig.store, 'a file'),
    words: /ENOTDIR.*; remove the file that is in place of a folder, or set IMAGEPIPELINE_STORE/,
  },
} as const;

test.each(Object.entries(PLACES))('with %s in its place', async (_name, { put, words }) => {
  const before = filesBelow(rig.store).length;
  const away = `${rig.store}-away`;
  renameSync(rig.store, away);
  put();
  try {
    for (const command of COMMANDS) {
      const ended = await cli.run(...command);
      expect({ command, ...ended }).toEqual({ command, code: 2, stdout: '', stderr: expect.stringMatching(words) });
      expect(ended.stderr).toContain(rig.store);
      expect(ended.stderr).not.toMatch(/This is a bug|\n +at /);
    }
    for (const id of ['one', 'spring']) expect(await cli.run('status', id)).toMatchObject({ code: 0, stderr: '' });
    for (const [method, route] of ROUTES) {
      const answer = await fetch(`${api.url}${route}`, { method, headers: AUTHORIZED });
      const { code, detail, remedy } = (await answer.json()) as Readonly<Record<string, string>>;
      expect({ route, status: answer.status, code }).toEqual({ route, status: 503, code: 'STORE_UNAVAILABLE' });
      expect(remedy).toContain('IMAGEPIPELINE_STORE of the gateway');
      expect(`${detail}${remedy}`).not.toContain(rig.store);
    }
    for (const route of ['/v1/items/one', '/v1/batches/spring'])
      expect(await fetch(`${api.url}${route}`, { headers: AUTHORIZED })).toMatchObject({ status: 200 });
  } finally {
    rmSync(rig.store, { force: true });
    renameSync(away, rig.store);
  }
  expect(filesBelow(rig.store)).toHaveLength(before);
  expect((await cli.run('results', 'spring')).code).toBe(0);
});
