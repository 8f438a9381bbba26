/** A folder of pictures as a batch. */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { drawColour } from '../support/file-server';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { readStoredRows } from '../support/stored-inputs';
import { BatchCli } from './batch-cli';

let rig: Rig;
let cli: BatchCli;
const REMOVE = ['--operation', 'background/remove/image'] as const;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(() => {
  cli = new BatchCli(rig);
});

function put(name: string, content: Buffer | string): void {
  const file = path.join(cli.folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const toPairs = (findings: { first: readonly { field: string; problem: string }[] }) =>
  findings.first.map(({ field, problem }) => [field, problem]);

test('a folder with duplicates, a broken picture and other files', async () => {
  const red = await drawColour('#a00000', 'jpeg');
  put('photos/dress-01.jpg', red);
  put('photos/dress-02.jpg', red);
  put('photos/Résumé 3.webp', await drawColour('#00a000', 'webp'));
  put('photos/cut.png', (await drawColour('#0000a0')).subarray(0, 60));
  put('photos/phone.heic', 'no matter');
  put('photos/notes.txt', 'no picture');
  put('photos/.hidden.png', red);
  put('photos/more/hat.gif', await drawColour('#a000a0', 'gif'));
  symlinkSync('.', path.join(cli.folder, 'photos/loop'));
  const { code, plan: refused } = await cli.plan('photos', ...REMOVE);
  expect([code, refused.mayStart, refused.valid, refused.invalid, refused.duplicates]).toEqual([2, false, 3, 1, 1]);
  expect(refused.inputs).toMatchObject({ files: 3, distinct: 2 });
  expect(refused.problems.first).toEqual([
    {
      severity: 'problem',
      line: null,
      key: 'cut',
      field: 'input_image',
      problem: 'is "cut.png", which is a PNG picture that ends too early: the file is cut off',
    },
  ]);
  expect(toPairs(refused.warnings)).toEqual(
    expect.arrayContaining([
      ['.hidden.png', 'is left out: it is hidden'],
      ['loop', 'is left out: it is a link to a folder or to nothing'],
      ['more/', 'is left out: --recursive includes folders'],
      ['notes.txt', 'is left out: its name is not that of a picture'],
      ['phone.heic', 'is left out: the API does not take this format; export it as JPEG or PNG'],
      ['row', 'has the same request as dress-01.jpg; both are paid for; --drop-duplicates leaves this one out'],
    ]),
  );
  const flags = [...REMOVE, '--recursive', '--skip-invalid', '--drop-duplicates', '--set', 'recolor=#f0f0f0'];
  const { status } = await cli.toEnd('batch', 'spring', 'photos', ...flags);
  expect(status.counts).toMatchObject({ succeeded: 3 });
  const rows = await cli.lines('spring');
  expect(rows.map(({ key, file }) => [key, path.basename(file ?? '')]).sort()).toEqual([
    ['R_sum__3', 'R_sum__3.png'],
    ['dress-01', 'dress-01.png'],
    ['more--hat', 'more--hat.png'],
  ]);
  const sources = rows.map((row) => (row as { values?: { source?: string } }).values?.source).sort();
  expect(sources).toEqual(['Résumé 3.webp', 'dress-01.jpg', 'more/hat.gif']);
  expect(rows.every(({ files = [] }) => files.length === 2)).toBe(true);
  expect(rig.emulator.ledger().uploads).toHaveLength(3);
});

test('files with the same key are a problem, and so is a key that no file can have', async () => {
  const [one, other] = [await drawColour('#0a0b0c'), await drawColour('#0a0b0d', 'jpeg')];
  put('pairs/a.png', one);
  put('pairs/A.jpg', other);
  put(`pairs/${'x'.repeat(140)}.png`, one);
  const { code, plan: refused } = await cli.plan('pairs', ...REMOVE);
  expect(code).toBe(2);
  expect(toPairs(refused.problems)).toEqual([
    ['a.png', 'has the key "a", as A.jpg has; rename one of the files'],
    [`${'x'.repeat(140)}.png`, expect.stringMatching(/^has the key "x+"; must be 1 to 128 .*; rename the file$/)],
  ]);
});

test('names with control characters are shown escaped, and what has a name that is not UTF-8 is a problem', async () => {
  put('odd/a\u001b[2J\nline 9: b.png', await drawColour('#0a0b0e'));
  put('odd/notes\n\u001b]0;title\u0007.txt', 'no picture');
  put('odd/sub/c.png', await drawColour('#0a0b0f'));
  const inOdd = (name: string) => Buffer.from(path.join(cli.folder, 'odd', name), 'latin1');
  writeFileSync(inOdd('caf\xe9.jpg'), await drawColour('#0a0b10', 'jpeg'));
  mkdirSync(inOdd('d\xe9p'));
  const { code, stderr } = await cli.run('plan', 'odd', ...REMOVE, '--recursive', '--set', 'input_image=x.png');
  expect(code).toBe(2);
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toContain('caf\ufffd.jpg has a name that is not UTF-8; rename it');
  expect(lines).toContain('d\ufffdp/ has a name that is not UTF-8; rename it');
  expect(lines.filter((line) => line.includes('is left out'))).toEqual([
    'warning: "notes\\n\\u001b]0;title\\u0007.txt" with the invisible character U+001B, U+0007 is left out: its name is not that of a picture',
  ]);
  expect(lines.join('')).not.toContain('\u001b');
  const missing = await cli.run('run', 'upscale/image', '--input-image', 'odd/caf\ufffd.jpg');
  expect(missing.stderr).toContain('does not exist; a name that is not UTF-8 cannot be given: rename it');
});

test('--match selects files', async () => {
  put('mixed/a.png', await drawColour('#0b0c0d'));
  put('mixed/b.jpg', await drawColour('#0b0c0e', 'jpeg'));
  put('mixed/deep/c.jpg', await drawColour('#0b0c0f', 'jpeg'));
  const matched = async (glob: string) => {
    const { plan: found } = await cli.plan('mixed', ...REMOVE, '--recursive', '--match', glob);
    return found.valid;
  };
  expect(
    await Promise.all(['*.jpg', '*.JPG', '*.{png,jpg}', '[ab].*', 'deep/*', '**/c.jpg', '?.png'].map(matched)),
  ).toEqual([2, 2, 3, 2, 1, 1, 1]);
});

test.each([
  [['photos'], /photos is a folder; add --operation, one of .*background\/remove\/image/],
  [['photos', '--operation', 'generate/speech'], /generate\/speech does not take a picture; must be one of/],
  [['photos', '--operation', 'background/remov/image'], /--operation is .*; did you mean background\/remove\/image\?/],
  [['photos', ...REMOVE, '--format', 'csv'], /--format is for a file of rows/],
  [['photos', ...REMOVE, '--set', 'recolour=#ff0000'], /--set is .*; did you mean recolor\?/],
  [['photos', ...REMOVE, '--set', 'recolor'], /--set is "recolor"; must be a field and a value/],
  [['photos', ...REMOVE, '--match', '*.tiff'], /photos has no pictures; must have at least one/],
  [['photos', ...REMOVE, '--match', '[z-a]*'], /^--match is "\[z-a\]\*", which is not a valid pattern: .*\n$/],
  [['rows.csv', '--recursive'], /--recursive is for a folder of pictures/],
])('%j is refused', async (args, message) => {
  put('photos/a.png', await drawColour('#0c0d0e'));
  put('rows.csv', 'prompt\na fox\n');
  const { code, stderr } = await cli.run('plan', ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

test('--operation and --set are for files of rows too, and a column wins', async () => {
  put('shop/a.png', await drawColour('#0d0e0f'));
  put('logo.png', await drawColour('#0d0e10'));
  put('shop/rows.csv', 'key,input_image,position\none,a.png,top_left\ntwo,a.png,\n');
  const flags = ['--operation', 'branding/logo/image', '--set', 'position=top_right', '--set', 'logo_url=logo.png'];
  const { plan: found } = await cli.plan('shop/rows.csv', ...flags);
  expect([found.mayStart, found.byOperation]).toEqual([true, { 'branding/logo/image': 2 }]);
  expect(found.inputs).toMatchObject({ files: 4, distinct: 2 });
  const { status } = await cli.toEnd('batch', 'branded', 'shop/rows.csv', ...flags);
  expect(status.counts).toMatchObject({ succeeded: 2 });
  const stored = await readStoredRows(rig, 'branded');
  expect(stored.map(({ key, request }) => [key, request['position']])).toEqual([
    ['one', 'top_left'],
    ['two', 'top_right'],
  ]);
});

test('a text file has one main input of the operation in each line', async () => {
  put('list/a.png', await drawColour('#0e0f10'));
  put('list/b.png', await drawColour('#0e0f11'));
  put('list/files.txt', 'a.png\nb.png\n');
  const { plan: found } = await cli.plan('list/files.txt', '--operation', 'upscale/image');
  expect([found.mayStart, found.inputs.distinct]).toEqual([true, 2]);
});

describe('a folder that grows', () => {
  test('--add starts the new pictures alone, and the batch has the results of all', async () => {
    const names = ['one', 'two', 'three'];
    put('grow/one.png', await drawColour('#101112'));
    put('grow/two.png', await drawColour('#101113'));
    const args = ['grow', ...REMOVE];
    expect((await cli.toEnd('batch', 'grow', ...args, '--add')).status.counts).toMatchObject({ succeeded: 2 });
    put('grow/three.png', await drawColour('#101114'));
    const before = rig.emulator.ledger().accepted;
    const grown = await cli.toEnd('batch', 'grow', ...args, '--add');
    expect([grown.code, grown.stderr]).toEqual([0, expect.stringContaining('added 1 item to grow')]);
    expect(grown.status.counts).toMatchObject({ succeeded: 3, total: 3 });
    expect(rig.emulator.ledger().accepted).toBe(before + 1);
    expect((await cli.lines('grow')).map(({ key }) => key).sort()).toEqual([...names].sort());
    const same = await cli.run('batch', ...args, '--id', 'grow', '--add');
    expect([same.code, same.stderr]).toEqual([0, expect.stringContaining('added 0 items to grow')]);
    const whole = await cli.run('batch', ...args, '--id', 'grow', '--detach');
    expect([whole.code, whole.stderr]).toEqual([0, expect.stringContaining('found grow')]);
    expect(rig.emulator.ledger().accepted).toBe(before + 1);
  });

  test('an addition and a redrive keep only the files of rows that they start', async () => {
    const [known, added, unused] = [
      await drawColour('#131211'),
      await drawColour('#131212'),
      await drawColour('#131213'),
    ];
    const fileOf = (picture: Buffer) => path.join(rig.store, 'inputs', `${hashOf(picture)}.png`);
    put('kept/a.png', known);
    const args = ['kept', ...REMOVE];
    await cli.toEnd('batch', 'kept', ...args);
    // As if it had been cleaned up.
    rmSync(fileOf(known));
    put('kept/b.png', added);
    await cli.toEnd('batch', 'kept', ...args, '--add');
    expect([known, added].map((picture) => existsSync(fileOf(picture)))).toEqual([false, true]);
    put('kept/a.png', unused);
    const { code, stderr } = await cli.run('redrive', 'kept', '--input', 'kept', ...REMOVE);
    expect([code, stderr]).toEqual([0, expect.stringContaining('no item of kept to rerun')]);
    expect(existsSync(fileOf(unused))).toBe(false);
  });

  test('an added item that failed is run again by a redrive', async () => {
    put('retry/a.png', await drawColour('#111213'));
    const args = ['retry', ...REMOVE];
    await cli.toEnd('batch', 'retry', ...args);
    put('retry/b.png', await drawColour('#111214'));
    rig.emulator.script({
      times: 1,
      match: { operation: 'background/remove/image' },
      then: { failJob: 'INPUT_INVALID' },
    });
    expect((await cli.toEnd('batch', 'retry', ...args, '--add')).status.counts).toMatchObject({
      succeeded: 1,
      failed: 1,
    });
    expect((await cli.toEnd('redrive', 'retry')).status.counts).toMatchObject({ succeeded: 2, failed: 0 });
    expect((await cli.lines('retry')).map(({ key, outcome }) => [key, outcome]).sort()).toEqual([
      ['a', 'succeeded'],
      ['b', 'succeeded'],
    ]);
  });

  test('a picture with other content under a key of the batch is refused, and nothing is started', async () => {
    put('edited/a.png', await drawColour('#121314'));
    const args = ['edited', ...REMOVE];
    await cli.toEnd('batch', 'edited', ...args);
    put('edited/a.png', await drawColour('#121315'));
    put('edited/b.png', await drawColour('#121316'));
    const { accepted } = rig.emulator.ledger();
    const { code, stderr } = await cli.run('batch', ...args, '--id', 'edited', '--add');
    expect([code, stderr]).toEqual([2, expect.stringContaining('1 row has another request (a); nothing was started')]);
    expect(rig.emulator.ledger().accepted).toBe(accepted);
    // Settings that added rows would not get are refused, and not ignored.
    put('edited/a.png', await drawColour('#121314'));
    const given = ['--max-failures', '3', '--on-too-many-failures', 'cancel', '--deadline', '8h'];
    const refused = await cli.run('batch', ...args, '--id', 'edited', '--add', ...given);
    expect([refused.code, refused.stderr.match(/^--\S+ cannot be given with --add/gm)]).toEqual([
      2,
      given.filter((word) => word.startsWith('--')).map((flag) => `${flag} cannot be given with --add`),
    ]);
    expect(rig.emulator.ledger().accepted).toBe(accepted);
  });

  test('--add requires an id', async () => {
    put('anonymous/a.png', await drawColour('#131415'));
    const { code, stderr } = await cli.run('batch', 'anonymous', ...REMOVE, '--add');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--add requires --id')]);
  });
});
