/** Several images of one prompt: which ids and seeds they have. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, type ExitCode, findWorstExit, toSeriesExit } from '../../cli/exit-codes';
import { countFrom } from '../../cli/item/count-flag';
import { outputFiles, outputProblem } from '../../cli/item/output-file';
import { ImagePipelineClient, ItemNotFoundError } from '../../client';
import { deriveItemId } from '../../input/requests/item-id';
import { planSeries } from '../../input/requests/item-series';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

const operation = 'generate/image';
const request = { prompt: 'a red bicycle' };

test('the first is that of the command without --count, and all are the same for the same command', () => {
  const id = deriveItemId({ operation, request });
  const series = planSeries({ operation, request }, 3);
  expect(series).toEqual([
    { operation, request },
    { operation, request, id: `${id}-2` },
    { operation, request, id: `${id}-3` },
  ]);
  expect(planSeries({ operation, request }, 3)).toEqual(series);
});

test('an id is numbered, and a seed is raised', () => {
  const series = planSeries({ id: 'banner', operation, request: { ...request, seed: 7 }, again: true }, 2);
  expect(series).toEqual([
    { id: 'banner', operation, request: { ...request, seed: 7 }, again: true },
    { id: 'banner-2', operation, request: { ...request, seed: 8 }, again: true },
  ]);
});

test.each([
  [false, 'add --output-format png, or change the extension'],
  [true, 'add output_format: png to its last step, or change the extension'],
])('a file of another format is refused with the way to ask for it; of a recipe: %s', async (isOfRecipe, advice) => {
  const terms = { cwd: __dirname, overwrite: false, format: 'webp', formats: ['png', 'webp'], isOfRecipe };
  expect(await outputProblem('a.png', terms)).toBe(`is a .png file, but the result is webp; ${advice}`);
});

test('a random seed stays random', () => {
  expect(planSeries({ operation, request: { ...request, seed: -1 } }, 2)[1]?.request['seed']).toBe(-1);
});

test.each(['0', '1.5', '1e1', '-2', 'many', ''])('--count %j is refused with the range', (text) => {
  const problems: string[] = [];
  expect(countFrom(text, problems)).toBe(1);
  expect(problems).toEqual([`--count is "${text}"; must be from 1 to 100`]);
});

test('a higher --count is sent to batches', () => {
  const problems: string[] = [];
  expect(countFrom('101', problems)).toBe(1);
  expect(problems).toEqual(['--count is "101"; must be from 1 to 100; use "imagepipeline batch" for more']);
});

test('files are numbered before their extension', () => {
  expect(outputFiles('out/cat.webp', 3)).toEqual(['out/cat.webp', 'out/cat-2.webp', 'out/cat-3.webp']);
  expect(outputFiles('cat', 2)).toEqual(['cat', 'cat-2']);
});

test('of several exit codes the one that matters most is reported, and none is lost', () => {
  for (const code of Object.values(EXIT)) {
    expect(findWorstExit(EXIT.done, code)).toBe(code);
    expect(findWorstExit(code, EXIT.done)).toBe(code);
  }
  const all: readonly ExitCode[] = [EXIT.itemFailed, EXIT.accountStopped, EXIT.outcomeUnknown];
  expect(all.reduce(findWorstExit)).toBe(EXIT.accountStopped);
});

test('a series of which something was begun never has the exit code that says that nothing was', () => {
  expect(toSeriesExit([EXIT.done, EXIT.badInput])).toBe(EXIT.itemFailed);
  expect(toSeriesExit([EXIT.badInput, EXIT.badInput])).toBe(EXIT.badInput);
  expect(toSeriesExit([EXIT.badInput, EXIT.outcomeUnknown])).toBe(EXIT.outcomeUnknown);
  expect(toSeriesExit([])).toBe(EXIT.done);
});

describe('ids that are taken', () => {
  const SMALL = ['--width', '32', '--height', '32'];
  let rig: Rig;
  let batchCli: BatchCli;

  beforeAll(async () => {
    rig = await startRig();
    batchCli = new BatchCli(rig);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => rig.close());

  const accepted = () => rig.emulator.ledger().accepted;

  test('refuse the whole series before anything is started, in Temporal and in the store', async () => {
    await (await start(rig.client, 'rec-3')).result();
    writeFileSync(path.join(rig.store, 'items', 'rec-4.png'), 'of somebody else');
    await batchCli.toEnd('batch', 'rec-2', batchCli.writeRows('rec-2', { a: '' }));
    const before = accepted();
    const args = ['--count', '4', '--id', 'rec', '--json', '--output', 'x.webp'];
    const { code, stdout, stderr } = await batchCli.run('generate', 'recx', ...SMALL, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('started rec');
    expect(stderr).toMatch(/"rec-2", which is the id of a batch; nothing was started/);
    expect(stderr).toMatch(
      /"rec-3", which was used for an item of another request \(other prompt or fields\); nothing was started/,
    );
    expect(stderr).toMatch(/"rec-4", which was used for items\/rec-4\.png.*; nothing was started/);
    await expect(rig.client.item('rec').status()).rejects.toThrow(ItemNotFoundError);
    expect(accepted()).toBe(before);
  });

  test('in the very moment of starting, leave what was begun to be followed and told', async () => {
    const original = ImagePipelineClient.prototype.startResolved;
    // Another client comes between the look and the start.
    jest.spyOn(ImagePipelineClient.prototype, 'startResolved').mockImplementation(async function (
      this: ImagePipelineClient,
      options,
    ) {
      if (options.id === 'race-3') {
        await original.call(this, { id: 'race-3', operation, request: { prompt: 'rival', width: 32, height: 32 } });
      }
      return original.call(this, options);
    });
    const args = ['--count', '4', '--id', 'race', '--json', '--output', 'race.webp'];
    const { code, stdout, stderr } = await batchCli.run('generate', 'racer', ...SMALL, ...args);
    expect(code).toBe(EXIT.itemFailed);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ id: 'race', outcome: 'succeeded' }),
      expect.objectContaining({ id: 'race-2', outcome: 'succeeded' }),
    ]);
    expect(stderr).toContain('could not start race-3, race-4; waiting for those started: race, race-2\n');
    expect(stderr).toContain('"race-3" was used for an item of another request');
    expect(stderr).not.toContain('nothing was started');
    expect(
      ['race.webp', 'race-2.webp', 'race-3.webp'].map((name) => existsSync(path.join(batchCli.folder, name))),
    ).toEqual([true, true, false]);
  });
});
