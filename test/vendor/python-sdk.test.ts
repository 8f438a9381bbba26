/** The vendor's own Python SDK, unchanged, against the emulator: every method completes, and its result opens. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { verifyAnyResult } from '../../activities/media/verify-result';
import { type Emulator, startEmulator } from '../../emulator';
import { writeSpeech } from '../../emulator/media/sound';
import { drawPhoto, type FileServer, startFileServer } from '../support/file-server';
import { tempFolder } from '../support/temp-folder';

const VERSION = '0.4.0';
/** Where `.ci/install-tools` installs it. */
const INSTALLED = path.join(homedir(), '.cache', 'imagepipeline-temporal', 'python');
const ENVIRONMENT = { ...process.env, ...(existsSync(INSTALLED) ? { PYTHONPATH: INSTALLED } : {}) };

function isInstalled(): boolean {
  try {
    const found = 'import importlib.metadata as m; print(m.version("imagepipeline"))';
    const said = execFileSync('python3', ['-c', found], { env: ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' });
    return said.trim() === VERSION;
  } catch {
    // There is no Python, or not this version of the SDK.
    return false;
  }
}

/** Only the fields that are looked at. */
interface Line {
  readonly name?: string;
  readonly missing?: readonly string[];
  readonly value?: {
    readonly status?: string;
    readonly url?: string;
    readonly result_url?: string | null;
    readonly cutout_url?: string | null;
    readonly preview_url?: string;
    readonly name?: string;
    readonly total?: number;
  } | null;
}

/** The media types of results that are no pictures. */
const TYPES: Readonly<Record<string, RegExp>> = {
  'generate.video': /^video\/mp4$/,
  'generate.speech': /^audio\/wav$/,
  'generate.generate_3d': /^model\/gltf-binary$/,
  'identity.voice_clone': /^audio\/wav$/,
};

const folder = tempFolder();
let opened = 0;

/** Downloads a file and reads it to its end. */
async function open(url: string) {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  opened += 1;
  const file = path.join(folder, `result-${opened}`);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  return verifyAnyResult(file, answer.headers.get('content-type'));
}

/** Skipped with a count where the SDK is not installed. */
const describeIfInstalled = isInstalled() ? describe : describe.skip;

describeIfInstalled(`the Python SDK ${VERSION}`, () => {
  let emulator: Emulator;
  let files: FileServer;
  let lines: readonly Line[];

  beforeAll(async () => {
    // A job ends at once, so the SDK, which waits 3 s between reads, need not wait.
    emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
    const photo = await drawPhoto();
    files = await startFileServer({ '/photo.png': photo, '/voice.wav': writeSpeech('hello') });
    const local = path.join(folder, 'local.png');
    writeFileSync(local, photo);
    const script = path.join(__dirname, 'every_method.py');
    const args = [script, emulator.url, emulator.apiKey, `${files.url}/photo.png`, `${files.url}/voice.wav`, local];
    const { stdout } = await promisify(execFile)('python3', args, { env: ENVIRONMENT, encoding: 'utf8' });
    lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  });
  afterAll(async () => {
    files.close();
    await emulator.close();
  });

  const findValue = (name: string) => lines.find((line) => line.name === name)?.value;

  test('every method is called', () => {
    expect(lines.at(-1)).toEqual({ missing: [] });
  });

  test('every job completes, and each of its files opens', async () => {
    const jobs = lines.filter(({ value }) => typeof value?.status === 'string');
    expect(jobs).toHaveLength(17);
    for (const { name = '', value } of jobs) {
      const urls = [value?.result_url, value?.cutout_url].flatMap((url) => (typeof url === 'string' ? [url] : []));
      expect({ name, status: value?.status, files: urls.length > 0 }).toEqual({
        name,
        status: 'completed',
        files: true,
      });
      for (const url of urls)
        expect(await open(url)).toMatchObject({
          verified: true,
          mimeType: expect.stringMatching(TYPES[name] ?? /^image\//),
        });
    }
    expect(findValue('background.remove')).toMatchObject({ result_url: null, cutout_url: expect.any(String) });
    expect(findValue('background.remove recoloured')).toMatchObject({ result_url: expect.any(String) });
  });

  test('an upload and the preview of segments open', async () => {
    const urls = [findValue('upload.image')?.url, findValue('segment.image')?.preview_url];
    for (const url of urls) expect(await open(url ?? '')).toMatchObject({ mimeType: 'image/png', verified: true });
  });

  test('a profile is created, read, listed and deleted', () => {
    expect(findValue('identity.get_profile')).toMatchObject({ name: 'spring' });
    expect(findValue('identity.list_profiles')).toMatchObject({ total: 1 });
    expect(findValue('identity.delete_profile')).toBeNull();
    expect(emulator.ledger().jobs.every(({ charged }) => charged)).toBe(true);
  });

  test('the account tells its plan and what it may do', () => {
    expect(findValue('account')).toMatchObject({ plan: expect.any(String), allowed_operations: expect.any(Array) });
  });
});
