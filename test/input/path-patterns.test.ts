/** Which paths of a folder a pattern of `--match` takes. */
import { toPathTest } from '../../input/folders/glob';

test.each([
  ['*.jpg', 'shoes/red.JPG', true],
  ['*.jpg', 'shoes/red.png', false],
  ['shoes/*.jpg', 'shoes/new/red.jpg', false],
  ['shoes/**/*.jpg', 'shoes/new/red.jpg', true],
  ['**', 'a name with a\nline end.png', true],
  ['*.{jpg,png}', 'red.png', true],
  ['[!a]*', 'a.png', false],
])('%j and the path %j: %s', (pattern, path, isTaken) => {
  expect(toPathTest(pattern)(path)).toBe(isTaken);
});
