/** Several images of one prompt: which ids and seeds they have. */
import { EXIT, type ExitCode, worstExit } from '../../client/cli/exit-codes';
import { countFrom, imageSeries } from '../../client/cli/image-series';
import { outputFiles } from '../../client/cli/output-file';
import { imageIdOf } from '../../client/image-id';

const request = { prompt: 'a red bicycle' };

test('the first is that of the command without --count, and all are the same for the same command', () => {
  const id = imageIdOf('generate/image', request);
  const series = imageSeries({ request }, 3);
  expect(series).toEqual([{ request }, { request, id: `${id}-2` }, { request, id: `${id}-3` }]);
  expect(imageSeries({ request }, 3)).toEqual(series);
});

test('an id is numbered, and a seed is raised', () => {
  const series = imageSeries({ id: 'banner', request: { ...request, seed: 7 }, again: true }, 2);
  expect(series).toEqual([
    { id: 'banner', request: { ...request, seed: 7 }, again: true },
    { id: 'banner-2', request: { ...request, seed: 8 }, again: true },
  ]);
});

test('a random seed stays random', () => {
  expect(imageSeries({ request: { ...request, seed: -1 } }, 2)[1]?.request['seed']).toBe(-1);
});

test.each(['0', '101', '1.5', '1e1', '-2', 'many', ''])('--count %j is refused', (text) => {
  const problems: string[] = [];
  expect(countFrom(text, problems)).toBe(1);
  expect(problems).toEqual([expect.stringContaining('must be from 1 to 100')]);
});

test('files are numbered before their extension', () => {
  expect(outputFiles('out/cat.webp', 3)).toEqual(['out/cat.webp', 'out/cat-2.webp', 'out/cat-3.webp']);
  expect(outputFiles('cat', 2)).toEqual(['cat', 'cat-2']);
});

test('of several exit codes the one that matters most is told, and none is lost', () => {
  for (const code of Object.values(EXIT)) {
    expect(worstExit(EXIT.done, code)).toBe(code);
    expect(worstExit(code, EXIT.done)).toBe(code);
  }
  const all: readonly ExitCode[] = [EXIT.itemFailed, EXIT.accountStopped, EXIT.outcomeUnknown];
  expect(all.reduce(worstExit)).toBe(EXIT.accountStopped);
});
