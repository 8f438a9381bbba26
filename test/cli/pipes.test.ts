/** Readers that go away, streams that are closed or full: nothing is thrown, and nothing that matters is lost. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BatchStore } from '../../activities/store';
import { startBatch, writeBatch } from '../batch/batch-fixtures';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

const BIN = path.join(__dirname, '..', '..', 'bin', 'imagepipeline.js');
const ITEMS = 20_000;
const folder = tempFolder();
const run = promisify(execFile);

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** A line of bash; `imagepipeline` is the command of this build. */
async function shell(line: string, store: string): Promise<{ stdout: string; stderr: string; codes: string }> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', ...rig.server.env, IMAGEPIPELINE_STORE: store };
  const script = `imagepipeline() { "${process.execPath}" "${BIN}" "$@"; }; ${line}; echo "codes \${PIPESTATUS[*]}"`;
  const { stdout, stderr } = await run('bash', ['-c', script], { cwd: folder, env, maxBuffer: 1e9 });
  const [, codes = ''] = /codes (.*)\n$/.exec(stdout) ?? [];
  return { stdout: stdout.replace(/codes .*\n$/, ''), stderr, codes };
}

describe('20,000 results', () => {
  const store = tempFolder();

  beforeAll(async () => {
    const { manifest, batches } = await writeBatch(store, 'many', ITEMS);
    await writeOutcomes(batches, manifest.parts);
  });

  async function writeOutcomes(batches: BatchStore, parts: readonly number[]): Promise<void> {
    for (const [part] of parts.entries()) {
      const rows = await batches.readPart({ batchId: 'many', part, rowsHash: 'abc0' });
      const lines = rows.map(({ key }) => ({ key, ...DONE }));
      await batches.writeOutcomes('many', part, 1, lines);
    }
  }

  test.each([
    ['a line of JSON', 'results many', /^\{"key":"k0000"/],
    ['a line of CSV', 'results many --format csv', /^key,outcome/],
    ['what --follow shows first', 'results many --follow', /^\{"key":"k0000"/],
  ])('piped to head end quietly with %s', async (_name, command, first) => {
    const { stdout, stderr, codes } = await shell(`imagepipeline ${command} | head -n 1`, store);
    expect({ stdout, stderr, codes }).toEqual({ stdout: expect.stringMatching(first), stderr: '', codes: '0 0' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  test('arrive whole where nobody goes away, also with stderr closed', async () => {
    const { stdout, codes } = await shell('imagepipeline results many 2>&- | cat', store);
    expect({ lines: stdout.trimEnd().split('\n').length, codes }).toEqual({ lines: ITEMS, codes: '0 0' });
  });

  test.each([
    ['stdout closed', 'imagepipeline results many >&-', '0'],
    ['both closed', 'imagepipeline results many >&- 2>&-', '0'],
  ])('with %s end', async (_name, line, codes) => {
    expect(await shell(line, store)).toEqual({ stdout: '', stderr: '', codes });
  });

  test('that a full disk does not take are no success', async () => {
    const { stderr, codes } = await shell('imagepipeline results many > /dev/full', store);
    expect({ stderr, codes }).toEqual({
      stderr: 'could not write the output (ENOSPC); it is incomplete\n',
      codes: '1',
    });
  });
});

describe('displays without a reader end', () => {
  test.each([
    ['status --watch', 'status endless --watch'],
    ['account status --watch', 'account status --watch'],
    ['account status --watch --json', 'account status --watch --json'],
  ])('%s', async (_name, command) => {
    await startBatch(rig, 'endless', 1, { asking: () => '{{MODEL_UNAVAILABLE x8}}' });
    const { stderr, codes } = await shell(`imagepipeline ${command} 2>&1 | head -n 1`, rig.store);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: '0 0' });
  });

  test('a batch whose display has no reader continues to its end, and its exit code shows it', async () => {
    const { codes } = await shell(
      `imagepipeline batch <(printf 'prompt\\na {{INPUT_INVALID}}\\n') --format csv --id unseen 2> >(head -n 1 > /dev/null)`,
      rig.store,
    );
    expect(codes).toBe('3');
  });
});

const DONE = {
  outcome: 'succeeded',
  file: `/somewhere/${'x'.repeat(200)}.png`,
  sha256: 'a'.repeat(64),
  bytes: 1,
  mimeType: 'image/png',
  width: 32,
  height: 32,
  verified: true,
  jobId: 'j',
  code: null,
  message: null,
  submissions: [{ jobId: 'j', code: null, refusals: {} }],
} as const;
