/** Results are copied into a folder: `batch --output` and `download`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { copyResults } from '../../cli/batch/copy-results';
import { drawPhoto } from '../support/file-server';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { BatchCli } from './batch-cli';

let rig: Rig;
let cli: BatchCli;
let photo: Buffer;
const REMOVE = ['--operation', 'background/remove/image', '--set', 'recolor=#f0f0f0'] as const;
const NAMES = ['a.png', 'a~cutout.png', 'b.png', 'b~cutout.png'];

beforeAll(async () => {
  rig = await startRig();
  photo = await drawPhoto();
});
afterAll(() => rig.close());
beforeEach(() => {
  cli = new BatchCli(rig);
  mkdirSync(path.join(cli.folder, 'photos'));
  for (const name of ['a', 'b']) cli.write(`photos/${name}.png`, Buffer.concat([photo, Buffer.from(name)]));
});

const inFolder = (...names: readonly string[]) => path.join(cli.folder, ...names);

/** Identities of the files of a folder: a file that was written again has another one. */
function listFiles(folder: string): readonly (readonly [string, number])[] {
  return readdirSync(inFolder(folder))
    .sort()
    .map((name) => [name, statSync(inFolder(folder, name)).ino]);
}

test('batch --output copies every file of every item, and repeating copies only what is missing', async () => {
  const args = ['batch', 'photos', ...REMOVE, '--id', 'copied', '--output', 'new/out'];
  const { code, stdout, stderr } = await cli.run(...args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain(`copied 4 files to ${inFolder('new/out')}\n`);
  const before = listFiles('new/out');
  expect(before.map(([name]) => name)).toEqual(NAMES);
  const lines = await cli.lines('copied');
  for (const { file, sha256 } of lines.flatMap(({ files = [] }) => files))
    expect(hashOf(readFileSync(inFolder('new/out', path.basename(file))))).toBe(sha256);

  rmSync(inFolder('new/out/b~cutout.png'));
  const { accepted } = rig.emulator.ledger();
  const again = await cli.run(...args);
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('copied 1 file to')]);
  expect(again.stderr).toContain(', 3 there already\n');
  expect(listFiles('new/out').slice(0, 3)).toEqual(before.slice(0, 3));
  expect(rig.emulator.ledger().accepted).toBe(accepted);

  const downloaded = await cli.run('download', 'copied', '--to', 'elsewhere');
  expect(downloaded.stdout.split('\n').sort()).toEqual(['', ...NAMES.map((name) => inFolder('elsewhere', name))]);
  const json = await cli.run('download', 'copied', '--to', 'elsewhere', '--json');
  expect({ ...json, stdout: JSON.parse(json.stdout) }).toEqual({
    code: 0,
    stderr: '',
    stdout: { id: 'copied', folder: inFolder('elsewhere'), copied: 0, present: 4, problems: [], open: 0 },
  });
  // The rest of a copy that was killed is removed later; another one may still write to a newer folder.
  expect(readdirSync(inFolder('elsewhere')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a file with other content is named and kept, and the others are copied', async () => {
  mkdirSync(inFolder('out/b.png'), { recursive: true });
  cli.write('out/a.png', 'mine');
  const { code, stderr } = await cli.run('batch', 'photos', ...REMOVE, '--id', 'differs', '--output', 'out');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^a\.png is there with other content, and was not replaced; .*\n/m);
  expect(stderr).toMatch(/^b\.png is there with other content/m);
  expect(stderr).toMatch(/copied 2 files to .*, 2 not copied\n$/);
  expect(readFileSync(inFolder('out/a.png'), 'utf8')).toBe('mine');
  const again = await cli.run('download', 'differs', '--to', 'out', '--json');
  expect([again.code, JSON.parse(again.stdout)]).toMatchObject([2, { copied: 0, present: 2, problems: [{}, {}] }]);
});

test('a result that the store has lost is named, and the others are copied', async () => {
  await cli.toEnd('batch', 'lost', 'photos', ...REMOVE);
  const [line] = await cli.lines('lost');
  rmSync(line?.file ?? '');
  const { code, stderr } = await cli.run('download', 'lost', '--to', 'out');
  expect([code, stderr]).toEqual([2, expect.stringMatching(/it does not exist; it was moved or removed\n/)]);
  expect(readdirSync(inFolder('out'))).toHaveLength(3);
});

const REFUSED: readonly (readonly [string, string, RegExp, readonly string[]])[] = [
  ['a folder below a file', 'photos/a.png/out', /--output: the folder .* is not a folder, or is below a file/, []],
  ['a file', 'photos/a.png', /--output: the folder .* is not a folder/, []],
  ['a file system that takes no files', '/proc/imagepipeline', /--output: the folder .* cannot be written/, []],
  ['the folder of the pictures', 'photos', /--output is in the folder of the pictures/, []],
  ['no waiting', 'out', /--output waits for the end: leave out --detach/, ['--detach']],
];

test.each(REFUSED)('--output: %s is refused before anything is paid', async (_name, output, message, flags) => {
  const { accepted } = rig.emulator.ledger();
  const { code, stderr } = await cli.run('batch', 'photos', ...REMOVE, '--output', output, ...flags);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(rig.emulator.ledger().accepted).toBe(accepted);
  expect(existsSync(inFolder('out'))).toBe(false);
});

test('a single item is copied by its id, and an unknown id is refused', async () => {
  const flags = ['--input-image', 'photos/a.png', '--recolor', '#f0f0f0', '--id', 'alone'];
  expect((await cli.run('run', 'background/remove/image', ...flags)).code).toBe(0);
  expect((await cli.run('download', 'alone', '--to', 'out')).code).toBe(0);
  expect(listFiles('out').map(([name]) => name)).toEqual(['alone.png', 'alone~cutout.png']);
  const unknown = await cli.run('download', 'unknown', '--to', 'nowhere');
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('there is no batch or item "unknown" in the store'),
  ]);
  expect(existsSync(inFolder('nowhere'))).toBe(false);
  const results = await cli.run('results', 'alone');
  expect([results.code, results.stderr]).toEqual([
    2,
    expect.stringMatching(
      /^"alone" is the id of a single item, not of a batch: ".*imagepipeline status alone" shows it, and ".*imagepipeline download alone --to FOLDER" copies its result\n$/,
    ),
  ]);
  const sidecar = await cli.run('download', 'alone', '--to', 'nowhere', '--sidecar');
  expect([sidecar.code, sidecar.stderr]).toEqual([
    2,
    expect.stringMatching(/alone is an item.*--output FILE --sidecar, writes both/),
  ]);
  expect(existsSync(inFolder('nowhere'))).toBe(false);
  expect((await cli.run('download', 'alone')).stderr).toBe('--to is missing; must be the folder to copy to\n');
});

test('the folder of the store is refused, also by a link', async () => {
  await cli.toEnd('batch', 'inside', 'photos', ...REMOVE);
  symlinkSync(rig.store, inFolder('linked'));
  for (const to of [rig.store, inFolder('linked/new/folder'), path.join(rig.store, '..', path.basename(rig.store))]) {
    const { code, stderr } = await cli.run('download', 'inside', '--to', to);
    expect([code, stderr]).toEqual([2, '--to is in the store; must be another folder\n']);
  }
  const item = ['run', 'upscale/image', '--input-image', 'photos/a.png', '--output', path.join(rig.store, 'x.png')];
  expect(await cli.run(...item)).toMatchObject({ code: 2, stderr: expect.stringContaining('is in the store') });
  const again = await cli.run('batch', 'photos', ...REMOVE, '--output', path.join(rig.store, 'items'));
  expect([again.code, again.stderr]).toEqual([2, '--output is in the store; must be another folder\n']);
});

test('a key of a damaged store never leaves the folder', async () => {
  const stored = { role: 'result', sha256: hashOf(photo), bytes: photo.length, mimeType: 'image/png' };
  const file = { ...stored, width: 1, height: 1, verified: true, file: '/store/x.png' };
  const copy = await copyResults(
    { readImage: async () => photo },
    {
      folder: 'batches/x/items',
      items: async function* () {
        yield { key: '../evil', files: [file] };
        yield { key: 'fine', files: [file, { ...file, role: '../worse' }] };
      },
    },
    inFolder('safe'),
    { interrupted: new AbortController().signal },
    { env: {}, cwd: cli.folder, stdout: { write: () => true }, stderr: { write: () => true } },
  );
  expect(copy).toMatchObject({ copied: 1, problems: [{ file: '"../evil"' }, { file: '"fine"' }] });
  expect(readdirSync(cli.folder).sort()).toEqual(['photos', 'safe']);
  expect(readdirSync(inFolder('safe'))).toEqual(['fine.png']);
});
