/** What the provider says, on terminals and in spreadsheets: text, and neither commands of a terminal nor formulas. */

import { CleanOutput } from '../../cli/terminal/clean-output';
import { LiveLines } from '../../cli/terminal/live-lines';
import { escapeControls, stripControls } from '../../workflows/domain/base/clean-text';
import { toCsvCell } from '../../workflows/domain/base/csv-cell';
import { startCpuTime } from '../support/cpu-time';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

const ESC = '\u001b';
const C1 = '\u009b';
const HOSTILE = `=cmd|' /C calc'!A0${ESC}]0;own title${'\u0007'}${ESC}[2J${C1}31m"x"\rgone${'\u0000'}\nnext`;
const CLEAN = `=cmd|' /C calc'!A031m"x"gone\nnext`;

test.each([
  ['colours', `${ESC}[31mred${ESC}[0m`, 'red'],
  ['a title of a window', `${ESC}]0;title${'\u0007'}text`, 'text'],
  ['a title that ends otherwise', `${ESC}]0;title${ESC}\\text`, 'text'],
  ['a string without an end', `${ESC}Ptext`, ''],
  ['a character set', `${ESC}(0text`, 'text'],
  ['an escape at the end', `text${ESC}`, 'text'],
  ['C0 and DEL', 'a\u0000\u0008\r\u007fb', 'ab'],
  ['C1', `a${C1}2Jb`, 'a2Jb'],
  ['ends of lines and tabs', 'a\n\tb', 'a\n\tb'],
  ['letters beyond ASCII', 'ä – 雪 🚲', 'ä – 雪 🚲'],
])('%s', (_what, text, clean) => {
  expect(stripControls(text)).toBe(clean);
});

test('JSON stays what it was', () => {
  const value = { message: HOSTILE };
  const json = escapeControls(JSON.stringify(value));
  expect(json).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(json)).toEqual(value);
});

test.each(['=1+1', '+1', '-1', '@sum', '\t=1', '\r=1', `${ESC}[0m=1`, '＝1'])('%j is no formula', (text) => {
  expect(toCsvCell(text)).toMatch(/^"?'/);
});

test.each([
  ['text', 'text'],
  [-7, '-7'],
  ['a "b", c', '"a ""b"", c"'],
  ['a\nb', '"a\nb"'],
])('%j is a cell as it is', (value, cell) => {
  expect(toCsvCell(value)).toBe(cell);
});

test.each([`${ESC}]`, `${ESC}[`, `${ESC}(`, '\u0000', `${ESC}[1;`])('a megabyte of %j takes no time', (text) => {
  const spentMs = startCpuTime();
  stripControls(text.repeat(1_000_000 / text.length));
  expect(spentMs()).toBeLessThan(2_000);
});

test('on a terminal text is neither reordered nor hidden, in a file it stays what it is', () => {
  const text = 'a\u202eb\u200bc\ufeffd 👩\u200d💻';
  const write = (isTTY: boolean) => {
    const written: string[] = [];
    CleanOutput.over({ isTTY, write: (more) => written.push(more) > 0 }).write(text);
    return written;
  };
  expect(write(true)).toEqual(['a\\u202eb\\u200bc\\ufeffd 👩\u200d💻']);
  expect(write(false)).toEqual([text]);
});

test('only the program moves the cursor', () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text) > 0 };
  const lines = new LiveLines(CleanOutput.over(stream));
  lines.show([`one ${ESC}[1A${ESC}[2K`, 'two\nof them']);
  expect(written).toEqual(['one \ntwo of them\n']);
  lines.show(['one', 'two']);
  expect(written.slice(1)).toEqual([expect.stringMatching(/\[1A/), 'one\ntwo\n']);
});

describe('from the emulator', () => {
  let rig: Rig;
  let batchCli: BatchCli;

  beforeAll(async () => {
    rig = await startRig();
    rig.emulator.script({ match: { promptIncludes: 'hostile' }, then: { failJob: 'INPUT_INVALID', message: HOSTILE } });
    batchCli = new BatchCli(rig);
  });
  afterAll(() => rig.close());

  test('a batch tells it in JSON as it is, and in CSV as text', async () => {
    await batchCli.toEnd('batch', 'hostile', batchCli.writeRows('hostile', { a: '' }));
    const [line] = await batchCli.lines('hostile');
    expect(line?.message).toBe(HOSTILE);
    const json = await batchCli.run('results', 'hostile');
    expect(json.stdout.trimEnd()).not.toMatch(/\p{Cc}/u);
    const csv = await batchCli.run('results', 'hostile', '--format', 'csv');
    expect(csv.stdout).toContain(`,"'${CLEAN.replaceAll('"', '""')}",`);
    expect(csv.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('an image tells it on the terminal as text', async () => {
    const { code, stderr } = await batchCli.run('generate', 'hostile');
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('gone') });
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
