/** What a CSV file means, and how it is refused. */
import type { InputRow } from '../../input/input-row';
import { formatProblems, makeSource, readAll } from './input-support';

const read = (content: string) => readAll(makeSource(content));
const seen = ({ line, number, values }: InputRow) => [line, number, values];

test('cells become values of the types of their fields', async () => {
  const header = 'key,operation,prompt,width,guidance_scale,enhance_prompt,palette,output_format';
  const { rows } = await read(`${header}\nk,generate/image,"a, b",512,7.5,TRUE,"#000000, #ffffff",webp\n`);
  expect(rows[0]?.values).toEqual({
    key: 'k',
    operation: 'generate/image',
    prompt: 'a, b',
    width: 512,
    guidance_scale: 7.5,
    enhance_prompt: true,
    palette: ['#000000', '#ffffff'],
    output_format: 'webp',
  });
});

test('an empty cell is not given', async () => {
  const { rows } = await read('prompt,width,height\na,, \n');
  expect(rows[0]?.values).toEqual({ prompt: 'a' });
});

test.each([
  ['LF', 'prompt\na\nb\n'],
  ['CR LF', 'prompt\r\na\r\nb\r\n'],
  ['CR', 'prompt\ra\rb\r'],
  ['mixed line ends', 'prompt\r\na\nb\r'],
  ['no line end at the end', 'prompt\na\nb'],
  ['a byte order mark', '\ufeffprompt\na\nb\n'],
  ['a quoted header behind a byte order mark', '\ufeff"prompt"\na\nb\n'],
  ['spaces around the names of the header', ' prompt \na\nb\n'],
])('a file with %s has the same rows', async (_name, content) => {
  const { rows, error } = await read(content);
  expect(error).toBeNull();
  expect(rows.map(seen)).toEqual([
    [2, 1, { prompt: 'a' }],
    [3, 2, { prompt: 'b' }],
  ]);
});

test('lines are those of the file, and numbers count rows only', async () => {
  const { rows } = await read('\r\nprompt,key\r\n"a\r\nb\nc",x\r\n\r\n,,,\r\nd,"y"\r\n"\r\n",z\n"e\rf",w');
  expect(rows.map(({ line, number, values }) => [line, number, values['key']])).toEqual([
    [3, 1, 'x'],
    [8, 2, 'y'],
    [9, 3, 'z'],
    [11, 4, 'w'],
  ]);
});

test('lines stay right in a long file', async () => {
  const { rows } = await read(`prompt\n${'a\n"b\nc"\n\n'.repeat(20_000)}`);
  expect(rows.map(({ line }) => line)).toEqual(rows.map((_, index) => 2 + Math.floor(index / 2) * 4 + (index % 2)));
});

test('blank lines and lines of commas are skipped, whatever their number of cells', async () => {
  const { rows, error } = await read('\n\nprompt,key\n\n  \na,1\n,\n,,,,\n');
  expect({ count: rows.length, error }).toEqual({ count: 1, error: null });
});

test('a column without a name may be there while it is empty', async () => {
  const result = await read('prompt,,\na,,\nb,,x\n');
  expect(formatProblems(result)).toEqual([
    '3: column 3 has a text but no name; name it in the header or leave it empty',
  ]);
});

test('a ragged row is a problem of its line alone', async () => {
  const result = await read('prompt,key\na\nb,1\nc,2,3\n');
  expect(formatProblems(result)).toEqual([
    expect.stringMatching(/^2: row has 1 cell; must have 2, as the header has/),
    expect.stringMatching(/^4: row has 3 cells; must have 2/),
  ]);
  expect(result.rows.map(({ values }) => values)).toEqual([{}, { prompt: 'b', key: '1' }, {}]);
});

test('a quote inside a field without quotes is one problem of its line, and the rows behind it are read', async () => {
  const result = await read('prompt,key\na 5" or 6" screen,1\n"m\r\nn",2\nb 7" and 8",3\nc,4\n');
  expect(formatProblems(result)).toEqual([
    expect.stringMatching(/^2: row has a quote inside a field/),
    expect.stringMatching(/^5: row has a quote inside a field/),
  ]);
  expect(result.rows.map(({ line }) => line)).toEqual([2, 3, 5, 6]);
});

test.each([
  ['never closes', 'prompt,key\na,1\nb,"2\nc,3\n', 'line 3: row has a quote that begins here and never closes'],
  ['goes on behind its quote', 'prompt,key\na,1\n"b\n\nb"c,2\n', 'line 3: row has a quoted field that begins here and'],
  ['never closes in a header', '"prompt,key\na,1\n', 'line 1: row has a quote that begins here and never closes'],
  ['has a stray quote in the header', '\npro"mpt\na\n', 'line 2: row has a quote inside a field'],
])('a field that %s ends the reading at the line where it begins', async (_name, content, message) => {
  const { rows, error } = await read(content);
  expect(error).toMatch(message);
  expect(rows.map(({ line }) => line)).toEqual(message.startsWith('line 3') ? [2] : []);
});

test.each([
  ['quoted', '"'],
  ['plain', ''],
])('a %s field of 10 MB is refused at its line', async (_name, quote) => {
  const content = `prompt\na\n${quote}${'x'.repeat(10_000_000)}${quote}\n`;
  const { rows, error } = await read(content);
  expect(error).toBe('line 3: row is longer than 1000000 bytes; shorten it, or close the quote of its last field');
  expect(rows).toHaveLength(1);
});

test.each([
  ['an unknown column that is near to one', 'promt,prompt', 'promt is not known; did you mean prompt?'],
  ['an unknown column with a space', 'prompt,Output Format', 'Output Format is not known; did you mean output_format?'],
  ['a wrong key column', 'prompt,keys', 'keys is not known; did you mean key?'],
  ['a column that is there twice', 'prompt,key,prompt', 'column 3 is "prompt", as column 1 is; keep one of them'],
  ['no prompt', 'key,width', 'header has no column "prompt"; every row needs it'],
])('a header with %s is refused once', async (_name, header, message) => {
  const { rows, error } = await read(`${header}\n1,2,3\n1,2,3\n`);
  expect(error).toMatch(`line 1: ${message}`);
  expect(error?.split('\n')).toHaveLength(1);
  expect(rows).toEqual([]);
});

test('all problems of a header come at once', async () => {
  const { error } = await read('ky,ky,widht\n');
  expect(error?.split('\n')).toHaveLength(4);
});

test('a prompt that stands where the header should be is not repeated', async () => {
  const { error } = await read('a secret unicorn in the woods,512\n');
  expect(error).toBe('line 1: header has no column "prompt"; every row needs it');
  expect(error).not.toContain('unicorn');
});

test.each([
  ['empty', '', 'rows.csv is empty; must have at least one row'],
  ['a header only', 'prompt\n', 'rows.csv has at most a header, and no rows; must have at least one'],
  ['blank lines only', '\n\n', 'rows.csv has at most a header, and no rows; must have at least one'],
])('a file that is %s is refused', async (_name, content, message) => {
  expect(await read(content)).toEqual({ rows: [], error: message });
});
