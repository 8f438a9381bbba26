import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROVIDER_FAILURE_CODES } from '../../workflows/domain/failures/failures';
import { hashOf } from '../support/hash-of';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';
import { type Dev, runCli, startCli, startDev } from './cli-process';

const FIELDS = [
  'bytes',
  'code',
  'file',
  'files',
  'height',
  'id',
  'jobId',
  'message',
  'mimeType',
  'operation',
  'outcome',
  'remedy',
  'sha256',
  'submissions',
  'verified',
  'width',
];
const SMALL = ['--width', '64', '--height', '64'];

let folder: string;
let dev: Dev;

beforeAll(async () => {
  folder = tempFolder();
  // Without callbacks, which would tell the job of a lost answer.
  dev = await startDev(folder, ['--no-callbacks']);
  await tellEmulator('PUT', 'limits', { jobTime: { medianMs: 100, sigma: 0.1 } });
});

afterAll(async () => {
  await dev.stop();
});

function generate(prompt: string, ...flags: string[]) {
  return generateFor('default', prompt, ...flags);
}

async function generateFor(account: string, prompt: string, ...flags: string[]) {
  const env = { ...dev.env, IMAGEPIPELINE_ACCOUNT: account };
  const { code, stdout, stderr } = await runInside(['generate', prompt, ...SMALL, '--json', ...flags], folder, env);
  return { code, stderr, image: JSON.parse(stdout) };
}

async function tellEmulator(method: string, route: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${dev.emulatorUrl}/_emulator/${route}`, { method, headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}

async function accepted(): Promise<number> {
  return ((await (await fetch(`${dev.emulatorUrl}/_emulator/ledger`)).json()) as { accepted: number }).accepted;
}

test('a prompt that begins with a dash is sent as it is behind --', async () => {
  const args = ['generate', ...SMALL, '--id', 'frozen', '--', '-20 C, frozen lake'];
  expect(await runInside(args, folder, dev.env)).toMatchObject({ code: 0 });
  const { jobs } = (await (await fetch(`${dev.emulatorUrl}/_emulator/ledger`)).json()) as {
    jobs: { prompt: string }[];
  };
  expect(jobs.map(({ prompt }) => prompt)).toContain('-20 C, frozen lake');
});

test('an image that succeeds is one object on stdout, a verified file and exit code 0', async () => {
  const { code, image } = await generate('a red bicycle', '--output-format', 'png');
  expect(code).toBe(0);
  expect(Object.keys(image).sort()).toEqual(FIELDS);
  expect(image).toMatchObject({ outcome: 'succeeded', mimeType: 'image/png', width: 64, height: 64, code: null });
  expect(image.submissions).toEqual([{ jobId: image.jobId, code: null }]);
  expect(path.isAbsolute(image.file)).toBe(true);
  const bytes = readFileSync(image.file);
  expect(bytes.byteLength).toBe(image.bytes);
  expect(hashOf(bytes)).toBe(image.sha256);
});

test('without --json stdout is the file and nothing else', async () => {
  const { code, stdout } = await runCli(['generate', 'a green bicycle', ...SMALL], folder, dev.env);
  expect(code).toBe(0);
  expect(existsSync(stdout.trimEnd())).toBe(true);
});

test('the same request is found again and paid once', async () => {
  const first = await generate('a blue bicycle');
  const before = await accepted();
  const second = await generate('a blue bicycle');
  expect(second.image).toEqual(first.image);
  expect(second.stderr).toContain(`found ${first.image.id}`);
  expect(await accepted()).toBe(before);
});

test('an id that was used for an item of another request is refused', async () => {
  await generate('a yellow bicycle', '--id', 'yellow');
  const { code, stdout, stderr } = await runInside(['generate', 'a car', '--id', 'yellow', '--json'], folder, dev.env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('used for an item of another request');
});

test('a failed id is only run again with --again', async () => {
  const failed = await generate('nothing {{INPUT_INVALID}}', '--id', 'again');
  const before = await accepted();
  const found = await generate('nothing {{INPUT_INVALID}}', '--id', 'again');
  expect(found.image.jobId).toBe(failed.image.jobId);
  expect(await accepted()).toBe(before);
  const again = await generate('nothing {{INPUT_INVALID}}', '--id', 'again', '--again');
  expect(again.code).toBe(3);
  expect(again.image.jobId).not.toBe(failed.image.jobId);
});

const EXITS = [
  ['INPUT_INVALID', 3, 'failed'],
  ['CANCELLED', 3, 'cancelled'],
  ['INSUFFICIENT_CREDITS', 4, 'failed'],
  ['CREDIT_CHARGE_FAILED', 4, 'failed'],
] as const;

test.each(EXITS)('an image that ends with %s has exit code %i', async (name, exit, outcome) => {
  // Some of them hold their account.
  const { code, image, stderr } = await generateFor(name, `a boat {{${name}}}`);
  expect({ code, outcome: image.outcome, name: image.code }).toEqual({ code: exit, outcome, name });
  expect(image.file).toBeNull();
  expect(image.remedy).not.toBe('');
  expect(stderr).not.toContain('a boat');
});

test('every published code that is retryable is submitted again and then succeeds', async () => {
  const retryable = PROVIDER_FAILURE_CODES.filter((name) => !EXITS.some(([exit]) => exit === name));
  const runs = await Promise.all(retryable.map((name) => generate(`a train {{${name} x1}}`)));
  expect(runs.map(({ code }) => code)).toEqual(retryable.map(() => 0));
});

test('a request whose answer was lost ends as unknown with exit code 5', async () => {
  const rule = { match: { promptIncludes: 'lost answer' }, then: { fault: 'reset-after-accept', on: 'submit' } };
  await tellEmulator('POST', 'rules', rule);
  const before = await accepted();
  const { code, image } = await generate('lost answer');
  expect({ code, outcome: image.outcome, name: image.code }).toEqual({
    code: 5,
    outcome: 'unknown',
    name: 'SUBMIT_OUTCOME_UNKNOWN',
  });
  expect(await accepted()).toBe(before + 1);
});

describe('several images of one prompt', () => {
  const args = ['generate', 'a bicycle of many', ...SMALL, '--count', '3'];

  test('are found again by the same command, and each is paid once', async () => {
    const before = await accepted();
    const first = await runInside([...args, '--json'], folder, dev.env);
    expect(first.code).toBe(0);
    const images = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [one] = images;
    expect(images.map(({ id, outcome }) => [id, outcome])).toEqual([
      [one.id, 'succeeded'],
      [`${one.id}-2`, 'succeeded'],
      [`${one.id}-3`, 'succeeded'],
    ]);
    expect((await runInside([...args, '--json'], folder, dev.env)).stdout).toBe(first.stdout);
    expect(await accepted()).toBe(before + 3);
    expect((await generate('a bicycle of many')).image).toEqual(one);
  });

  test('the exit code is that of the one that matters most', async () => {
    const { code, stderr } = await runInside(
      ['generate', 'one of two {{INPUT_INVALID x1}}', ...SMALL, '--count', '2'],
      folder,
      dev.env,
    );
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('failed: INPUT_INVALID') });
  });
});

describe('--output', () => {
  const refused = async (words: RegExp, ...args: string[]) => {
    const before = await accepted();
    const { code, stdout, stderr } = await runInside(['generate', 'never sent', ...SMALL, ...args], folder, dev.env);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
    expect(await accepted()).toBe(before);
  };

  test('describes the file beside it, and replaces no other description', async () => {
    const args = ['a described bicycle', ...SMALL, '--seed', '5', '--output', 'described.webp', '--sidecar'];
    expect(await runInside(['generate', ...args], folder, dev.env)).toMatchObject({ code: 0 });
    const described = JSON.parse(readFileSync(path.join(folder, 'described.json'), 'utf8'));
    expect(described).toMatchObject({
      file: 'described.webp',
      sha256: hashOf(readFileSync(path.join(folder, 'described.webp'))),
      operation: 'generate/image',
      request: { prompt: 'a described bicycle', seed: 5 },
      seed: 5,
      jobIds: [expect.any(String)],
      charge: { credits: expect.any(Number) },
    });
    expect(described).not.toHaveProperty('batch');
    rmSync(path.join(folder, 'described.webp'));
    await refused(/^--sidecar "described.json" exists/, '--output', 'described.webp', '--sidecar');
  });

  test('copies the stored bytes and prints the file', async () => {
    const args = ['generate', 'a copied bicycle', ...SMALL, '--count', '2', '--output', 'copy.webp'];
    const files = ['copy.webp', 'copy-2.webp'].map((name) => path.join(folder, name));
    const { code, stdout } = await runInside(args, folder, dev.env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: files.map((file) => `${file}\n`).join('') });
    const { image } = await generate('a copied bicycle');
    expect(readFileSync(files[0] ?? '')).toEqual(readFileSync(image.file));
    await refused(/^--output "copy.webp" exists; use another file, or add --overwrite/, '--output', 'copy.webp');
    await refused(/^--output "copy-2.webp" exists/m, '--output', 'copy.webp', '--count', '2');
    writeFileSync(files[0] ?? '', 'old');
    expect(await runInside([...args, '--overwrite'], folder, dev.env)).toMatchObject({ code: 0 });
    expect(readFileSync(files[0] ?? '')).toEqual(readFileSync(image.file));
  });

  test.each([
    ['a folder', /is a folder; must be a file/, ['--output', '.']],
    ['a device', /is not a regular file/, ['--output', '/dev/null', '--overwrite']],
    ['a folder that does not exist', /folder .*nowhere does not exist/, ['--output', 'nowhere/a.webp']],
    ['another format', /is a .png file, but the result is webp; add --output-format png/, ['--output', 'a.png']],
    ['nothing', /--overwrite requires --output/, ['--overwrite']],
    ['a description of nothing', /--sidecar requires --output/, ['--sidecar']],
  ])('%s is refused before anything is paid', async (_what, words, args) => {
    await refused(words, ...args);
  });

  test('a file that was created meanwhile stays, and the stored result is named', async () => {
    const file = path.join(folder, 'late.webp');
    const cli = startCli(['generate', 'a late bicycle', ...SMALL, '--output', 'late.webp'], folder, dev.env);
    await cli.seen(/started/);
    writeFileSync(file, 'mine');
    const { code, stderr } = await cli.finished;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/stored as .*but could not be copied/) });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

test('Ctrl-C leaves the work going on and says how to find it', async () => {
  const cli = startCli(['generate', 'a slow bicycle', ...SMALL, '--id', 'slow'], folder, dev.env);
  await cli.seen(/started slow/);
  cli.child.kill('SIGINT');
  const { code, stderr } = await cli.finished;
  expect(code).toBe(130);
  expect(stderr).toMatch(/status slow --watch\n$/);
  const { image } = await generate('a slow bicycle', '--id', 'slow');
  expect(image.outcome).toBe('succeeded');
});
