/** How long something may take: as people type it, and the longest that timers and servers keep. */
import { durationFlag } from '../../cli/duration';
import { startProblems } from '../../input/requests/item-options';
import { MAX_DURATION_MS } from '../../workflows/domain/base/durations';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';

function read(text: string): number | string | undefined {
  const problems: string[] = [];
  const ms = durationFlag('--deadline', text, problems);
  return problems[0] ?? ms;
}

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  [' 2 d ', 172_800_000],
  ['24d', MAX_DURATION_MS],
])('%s is %d ms', (text, ms) => {
  expect(read(text)).toBe(ms);
});

test.each(['25d', '2147483648ms', '600h', '1000000d', `${'9'.repeat(30)}d`, `${'9'.repeat(400)}d`])(
  '%s is refused with the longest',
  (text) => {
    expect(read(text)).toBe(`--deadline is "${text}"; must be at most 24d`);
  },
);

test.each(['', '0s', '10', '-1h', 'soon', '1w', '0.1ms', '1e3s', '0x10s'])('%j is refused', (text) => {
  expect(read(text)).toBe(`--deadline is "${text}"; must be a time like 90s, 10m or 2h`);
});

test('every duration of a batch and of an image is refused at once', async () => {
  const flags = ['--deadline', '25d', '--job-timeout', '30d'];
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const batch = await runInside(['batch', 'x.csv', '--item-deadline', '26d', ...flags], tempFolder(), env);
  expect(batch.stderr.trimEnd().split('\n')).toEqual([
    '--deadline is "25d"; must be at most 24d',
    '--item-deadline is "26d"; must be at most 24d',
    '--job-timeout is "30d"; must be at most 24d',
  ]);
  const image = await runInside(['generate', 'x', ...flags], tempFolder(), env);
  expect(image.stderr.trimEnd().split('\n')).toHaveLength(2);
});

test('the library refuses them as well', () => {
  const options = {
    operation: 'generate/image',
    request: { prompt: 'x' },
    deadlineMs: 2 ** 31,
    jobTimeBudgetMs: MAX_DURATION_MS,
  } as const;
  expect(startProblems(options)).toEqual([
    { field: 'deadlineMs', problem: 'is 2147483648; must be a whole number of ms from 1 to 2073600000 (24 days)' },
  ]);
});
