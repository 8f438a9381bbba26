/** A further file that could not be stored: the item has succeeded, the command names the file, and a rescue fetches it. */

import { drawPhoto, type FileServer, startFileServer } from '../support/file-server';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

const OPERATION = 'background/remove/image';

let rig: Rig;
let files: FileServer;
let desk: BatchCli;

beforeAll(async () => {
  rig = await startRig({ activities: { timings: { missingGraceMs: 100, resultPatienceMs: 300 } } });
  files = await startFileServer({ '/photo.png': await drawPhoto() });
  desk = new BatchCli(rig);
});
afterAll(async () => {
  files.close();
  await rig.close();
});

test('is named with its remedy, which works', async () => {
  const photo = `${files.url}/photo.png`;
  const body = { status: 'completed', result_url: photo, cutout_url: `${files.url}/gone.png` };
  rig.emulator.script({ match: { operation: OPERATION }, then: { on: 'status', status: 200, body } });
  const ended = await desk.run(
    'run',
    OPERATION,
    '--input-image',
    photo,
    '--recolor',
    '#ff0000',
    '--id',
    'cut',
    '--json',
  );
  const { outcome, missing, jobId, files: stored } = JSON.parse(ended.stdout);
  expect({ code: ended.code, outcome }).toEqual({ code: 0, outcome: 'succeeded' });
  expect(stored).toEqual([expect.objectContaining({ role: 'result' })]);
  expect(missing).toEqual([{ role: 'cutout', problem: 'the download of the result returned HTTP 404' }]);
  const remedy = `rescue ${jobId} --operation ${OPERATION} --id cut`;
  expect(ended.stderr).toContain(`cut: the file "cutout" could not be stored`);
  expect(ended.stderr).toContain(remedy);

  rig.emulator.clearScripts();
  const rescued = await desk.run(...remedy.split(' '), '--json');
  const end = JSON.parse(rescued.stdout);
  expect({ code: rescued.code, roles: end.files.map(({ role }: { role: string }) => role) }).toEqual({
    code: 0,
    roles: ['result', 'cutout'],
  });
  expect(end).not.toHaveProperty('missing');
  expect(rig.emulator.ledger().accepted).toBe(1);
});
