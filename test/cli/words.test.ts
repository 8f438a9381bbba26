/** What stands where on a command line: flags, arguments, and texts that look like flags. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';

const NOBODY = '127.0.0.1:1';
const folder = tempFolder();
const run = (...args: string[]) => runInside(args, folder, { TEMPORAL_ADDRESS: NOBODY });

test.each([
  ['alone', ['generate', '--', '-20 C, frozen lake']],
  ['behind flags', ['generate', '--width', '64', '--', '-20 C, frozen lake']],
  ['like a flag that there is', ['generate', '--', '--width']],
  ['like help', ['generate', '--', '-hot summer']],
])('behind -- everything is an argument: a prompt %s', async (_name, args) => {
  const { code, stderr } = await run(...args);
  // All of it was understood, and then there was no server.
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(NOBODY) });
});

test.each([
  ['two texts', ['generate', '--', '-20 C', 'more'], 'unexpected argument "more"; quote the prompt\n'],
  ['flags', ['generate', '--', '-20 C', '--width'], 'unexpected argument "--width"; flags must come before --\n'],
  ['an unknown flag before it', ['generate', '--wdth', '--', '-20 C'], 'unknown flag --wdth; did you mean --width?\n'],
  [
    'a word too many for a file',
    ['plan', '--', 'a.csv', '-b'],
    'unexpected argument "-b"; flags must come before --\n',
  ],
])('%s behind -- are said', async (_name, args, words) => {
  expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: words });
});

test.each([
  ['a prompt', ['generate', '-20 C, a secret lake']],
  ['one that begins like help', ['generate', '-hot secret summer']],
  ['one with two dashes', ['generate', '--- a secret lake']],
  ['beside flags', ['generate', '--width', '64', '-20 C, a secret lake']],
  ['the reason of a hold', ['account', 'hold', '-- secret reason']],
])('%s that begins with a dash gets the advice, and is not repeated', async (_name, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^an argument of \d+ characters begins with a dash; put flags first and the text after --/);
  expect(stderr).not.toContain('secret');
});

test.each([
  ['con', '--id is "con"; must not be "con", a reserved name on Windows\n'],
  ['x.', '--id is "x."; must not end with "."\n'],
])('an id %j is refused by the rule that it breaks, by every command that takes one', async (id, words) => {
  writeFileSync(path.join(folder, 'ids.csv'), 'prompt\na\n');
  expect(await run('generate', 'a', '--id', id)).toEqual({ code: 2, stdout: '', stderr: words });
  expect(await run('batch', 'ids.csv', '--id', id)).toEqual({ code: 2, stdout: '', stderr: words });
});

test('a single word that begins with a dash is asked about', async () => {
  expect((await run('generate', '-20C')).stderr).toBe(
    'unknown flag -20C; see --help, or put -- before it if it is a text\n',
  );
});

test('a file whose name begins with a dash is read', async () => {
  expect((await run('plan', '--', '-rows.csv')).stderr).toBe('-rows.csv does not exist; check the path\n');
});
