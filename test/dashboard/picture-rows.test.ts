/** Pictures without rows: their rows, keys, and problems before an upload. */
import {
  findPictureField,
  findPictureProblems,
  isPictureName,
  PICTURE_OPERATIONS,
  toKeys,
  toPictureRows,
} from '../../gateway/dashboard/app/format/picture-rows';
import { takesPicture } from '../../input/requests/input-reference';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { MAX_INPUT_BYTES } from '../../workflows/domain/operations/stored-input';

const MB = 1024 * 1024;

test('pictures are known by their names, as the API accepts them', () => {
  expect(['a.png', 'b.JPG', 'c.jpeg', 'd.webp', 'e.gif'].filter(isPictureName)).toHaveLength(5);
  expect(['a.svg', 'a.csv', 'png', 'a.png.html', 'a.tiff', ''].filter(isPictureName)).toEqual([]);
});

test('operations that take a picture are offered, each with the field that takes it', () => {
  expect(PICTURE_OPERATIONS).toContain('background/remove/image');
  expect(PICTURE_OPERATIONS).not.toContain('generate/image');
  for (const operation of PICTURE_OPERATIONS)
    expect(takesPicture(operation, findPictureField(operation) ?? '')).toBe(true);
});

test('every name becomes a valid key, unique on every system', () => {
  const names = [
    ...['front.png', 'Front.jpg', 'front.webp', '../../etc/passwd.png', '<img src=x onerror=alert(1)>.png', '.png'],
    ...[
      '-.png',
      'con.png',
      'CON.1.png',
      'lpt1.a.png',
      'ä ö ü.png',
      'no dots',
      `${'x'.repeat(300)}.png`,
      `${'x'.repeat(99)}.y.png`,
      'a..png',
      '日本.png',
    ],
  ];
  const keys = toKeys(names);
  expect(keys.map(brokenKeyRule)).toEqual(names.map(() => null));
  expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(names.length);
  expect(keys.slice(0, 3)).toEqual(['front', 'Front-2', 'front-3']);
});

test('each picture is a row with its part, and the other fields of all', () => {
  const rows = toPictureRows('edit/image', 'input_image', ['a "b".png', 'c.png'], { prompt: 'red', seed: 7 });
  const lines = rows.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { key: 'a-b', operation: 'edit/image', prompt: 'red', seed: 7, input_image: 'part:picture-1' },
    { key: 'c', operation: 'edit/image', prompt: 'red', seed: 7, input_image: 'part:picture-2' },
  ]);
});

test('what is too large, empty or too much is named before anything is uploaded', () => {
  const file = (name: string, size: number) => ({ name, size });
  expect(findPictureProblems([file('a.png', 10), file('b.png', MAX_INPUT_BYTES)], 64 * MB)).toEqual([]);
  expect(findPictureProblems([file('a.png', 0), file('b.png', MAX_INPUT_BYTES + 1)], 64 * MB)).toEqual([
    { file: 'a.png', problem: 'is empty' },
    { file: 'b.png', problem: 'has 20.1 MB; must have at most 20 MB' },
  ]);
  const [together] = findPictureProblems(Array(5).fill(file('a.png', 15 * MB)), 64 * MB);
  expect(together).toEqual({
    file: '',
    problem: expect.stringMatching(/^the upload has 75\.1 MB; must have at most 64 MB/),
  });
  expect(findPictureProblems(Array(901).fill(file('a.png', 1)), 64 * MB)).toEqual([
    { file: '', problem: '901 pictures were chosen; choose at most 900 at once' },
  ]);
});
