/** What was met, as a sentence that people may be shown. */
import { toCause, toSentence } from '../../../workflows/domain/base/cause';

test.each([
  ['connect ECONNREFUSED 127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
  ['two\n  lines', 'two lines'],
  ['GET https://host.example/a/b?X-Amz-Signature=abc&x=1 said 403', 'GET https://host.example/a/b said 403'],
  ['https://user:secret@host.example/a#part', 'https://host.example/a'],
  ['x'.repeat(300), `${'x'.repeat(199)}…`],
])('%j becomes %j', (message, cause) => {
  expect(toCause(message)).toBe(cause);
});

test('a text goes on behind it', () => {
  expect(['', 'So it is', 'So it is.'].map((words) => `${toSentence(words)}Go on.`)).toEqual([
    'Go on.',
    'So it is. Go on.',
    'So it is. Go on.',
  ]);
});
