/** `imagepipeline operations` and `imagepipeline run`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { OPERATIONS } from '../../workflows/domain/operations/operations';
import { drawPhoto, type FileServer, startFileServer } from '../support/file-server';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { BatchCli } from './batch-cli';
import { runInside } from './cli-inside';

const run = (...args: readonly string[]) => runInside(args, tempFolder(), {});

test('operations lists every operation with what it makes', async () => {
  const { code, stdout } = await run('operations');
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(Object.keys(OPERATIONS));
  expect(stdout).toMatch(/^generate\/video +a clip that animates a picture$/m);
  expect(stdout).toMatch(/^upscale\/image +a picture, enlarged$/m);
});

test('operations NAME lists the fields, as text and as JSON', async () => {
  const { stdout } = await run('operations', 'creator/tryon/image');
  expect(stdout).toMatch(/^ {2}person_image .*; required$/m);
  expect(stdout).toMatch(/^ {2}gender +woman, man; of the person; default woman$/m);
  const [row] = JSON.parse((await run('operations', 'creator/tryon/image', '--json')).stdout);
  expect(row).toMatchObject({ name: 'creator/tryon/image', output: 'image' });
});

test('an unknown operation is answered with the one that was probably meant', async () => {
  expect(await run('operations', 'upscal/image')).toMatchObject({
    code: 2,
    stderr: '"upscal/image" is not an operation; did you mean upscale/image?\n',
  });
  expect(await run('run', 'upscal/image')).toMatchObject({ code: 2, stderr: expect.stringContaining('upscale/image') });
});

test('run reports every problem of the request at once, by flag', async () => {
  const { code, stderr } = await run('run', 'identity/faceswap/image', '--upscale', '9', '--sorce', 'x');
  expect(code).toBe(2);
  for (const words of ['--upscale is 9', '--target is missing', '--source is missing', 'did you mean --source?'])
    expect(stderr).toContain(words);
});

describe('with a provider', () => {
  let rig: Rig;
  let files: FileServer;

  beforeAll(async () => {
    rig = await startRig();
    files = await startFileServer({ '/photo.png': await drawPhoto() });
  });
  afterAll(async () => {
    files.close();
    await rig.close();
  });

  test('run stores the result and copies it', async () => {
    const desk = new BatchCli(rig);
    const output = path.join(tempFolder(), 'cut.png');
    const photo = `${files.url}/photo.png`;
    const args = ['run', 'background/remove/image', '--input-image', photo, '--recolor', '#00ff00', '--id', 'cut'];
    const ended = await desk.run(...args, '--output', output, '--json');
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ id: 'cut', files: [{ role: 'result' }, { role: 'cutout' }] });
    expect(existsSync(output)).toBe(true);
  });

  test('every file is listed, as JSON and as CSV', async () => {
    const desk = new BatchCli(rig);
    const single = await desk.run('run', 'generate/speech', '--text', 'hello', '--id', 'said', '--json');
    const { operation, file, sha256, durationMs, files: listed } = JSON.parse(single.stdout);
    expect(operation).toBe('generate/speech');
    expect(listed).toEqual([expect.objectContaining({ role: 'result', file, sha256, durationMs })]);
    const photo = `${files.url}/photo.png`;
    const rows = `key,operation,input_image,recolor,text\na,background/remove/image,${photo},#ff0000,\nb,generate/speech,,,hi\n`;
    await desk.toEnd('batch', 'several', desk.write('several.csv', rows));
    const { stdout } = await desk.run('results', 'several', '--format', 'csv');
    const folder = path.join(rig.store, 'batches', 'several', 'items');
    const cells = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').at(-1));
    expect(cells).toEqual(['files', `result=${folder}/a.png|cutout=${folder}/a~cutout.png`, `result=${folder}/b.wav`]);
    const lines = (await desk.run('results', 'several')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).files.length)).toEqual([2, 1]);
  });
});
