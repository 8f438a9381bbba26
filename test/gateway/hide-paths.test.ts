/** What the API says of the store, and what it does not. */
import { withLinks } from '../../gateway/api/files/file-links';
import { hideAddressIn, hidePaths, hidePathsIn } from '../../gateway/api/files/hide-paths';
import { findFile, listFiles } from '../../workflows/domain/item/made-files';

const STORE = '/srv/my images/store';

test.each([
  [`cannot write ${STORE}/items/a.png: ENOSPC`, 'cannot write items/a.png: ENOSPC'],
  ['cannot read /mnt/worker/batches/b/parts/000000-a0.jsonl: it', 'cannot read batches/b/parts/000000-a0.jsonl: it'],
  ["EACCES: permission denied, open '/mnt/w/items/a.png'", "EACCES: permission denied, open 'items/a.png'"],
  ['the store s3://bucket/prefix: no', 'the store [path]: no'],
  ['cannot write s3://bucket/p/items/a.png: 403', 'cannot write items/a.png: 403'],
  ['the store C:\\data\\store is full', 'the store [path] is full'],
  [`the batch has the store ${STORE}, this worker /data/x`, 'the batch has the store [path], this worker [path]'],
  ['see https://example.com/items/a.png', 'see https://example.com/items/a.png'],
  ['an upscale/image, 1/2 done, and/or', 'an upscale/image, 1/2 done, and/or'],
  ['use /v1/batches/spring', 'use /v1/batches/spring'],
  ['image/png', 'image/png'],
])('%s', (text, shown) => {
  expect(hidePaths(text, STORE)).toBe(shown);
});

test('columns of the caller stay as they are', () => {
  const answer = {
    message: `no ${STORE}/items/a.png`,
    values: { message: `${STORE}/items/a.png` },
    list: [{ cause: `${STORE}/x/y` }],
  };
  expect(hidePathsIn(answer, STORE)).toEqual({
    message: 'no items/a.png',
    values: { message: `${STORE}/items/a.png` },
    list: [{ cause: '[path]' }],
  });
});

test('the problem of a request may quote it', () => {
  const problem = { errors: [{ problem: `is "/etc/hosts"; not ${STORE}/items/a.png` }] };
  expect(hideAddressIn(problem, STORE)).toEqual({ errors: [{ problem: 'is "/etc/hosts"; not [path]/items/a.png' }] });
});

const stored = (role: string, file: string) => ({
  role,
  file,
  sha256: 'a',
  bytes: 1,
  mimeType: 'image/png',
  width: 1,
  height: 1,
  verified: true,
});
const made = {
  file: '/s/k.png',
  files: [stored('result', '/s/k.png'), stored('cut.result', '/s/k~cut.result.png')],
  steps: [
    { id: 'base', files: [stored('result', '/s/k~base.result.png')] },
    { id: 'cut', files: [stored('result', '/s/k~cut.result.png'), stored('mask', '/s/k~cut.mask.png')] },
    { id: 'large', files: [stored('result', '/s/k.png')] },
  ],
};

test('files of steps are listed once, and found by step and role', () => {
  expect(listFiles(made).map(({ role }) => role)).toEqual(['result', 'cut.result', 'base.result', 'cut.mask']);
  expect(findFile(made, 'cut.mask')?.file).toBe('/s/k~cut.mask.png');
  expect(findFile(made, 'large.result')?.file).toBe('/s/k.png');
  expect(findFile(made, 'mask')).toBeNull();
  expect(findFile({ files: [stored('clip', '/s/k.mp4')] }, 'result')?.file).toBe('/s/k.mp4');
});

test('every address becomes a path of the API', () => {
  const linked = withLinks(made, '/v1/batches/b/items/k');
  expect(linked.file).toBe('/v1/batches/b/items/k/files/result');
  expect(linked.files.map(({ file }) => file)).toEqual([
    '/v1/batches/b/items/k/files/result',
    '/v1/batches/b/items/k/files/cut.result',
  ]);
  expect(linked.steps?.[1]?.files[1]?.file).toBe('/v1/batches/b/items/k/files/cut.mask');
  expect(JSON.stringify(linked)).not.toContain('/s/');
});
