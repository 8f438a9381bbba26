/** What a service in Python does with the HTTP API in a day, with its standard library alone: the example of the docs. */
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { drawColour } from '../support/file-server';
import { startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { startTestApi, TOKEN } from './api-harness';

const EXAMPLE = path.join(__dirname, '..', '..', 'docs', 'examples', 'http_client.py');

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 11)'], { stdio: 'pipe' });
    return true;
  } catch {
    // There is no Python, or an older one.
    return false;
  }
}

/** Skipped with a count where there is no Python. */
const testWithPython = hasPython() ? test : test.skip;

testWithPython('from files to results, a redrive, a ZIP and a cancelled batch', async () => {
  const rig = await startRig();
  try {
    const api = await startTestApi(rig);
    const folder = tempFolder();
    for (const [name, colour] of [
      ['dress', '#aa0000'],
      ['shoe', '#00aa00'],
    ] as const)
      writeFileSync(path.join(folder, `${name}.png`), await drawColour(colour));
    const env = { ...process.env, API: api.url, TOKEN, PROMPT: 'a bicycle {{INPUT_INVALID x1}}' };
    const { stdout } = await promisify(execFile)('python3', [EXAMPLE, folder], { env });
    expect(stdout.trim().split('\n')).toEqual([
      'started 3',
      'ended 2 1',
      'bytes True',
      "failed [('extra', 'INPUT_INVALID')]",
      'redriven 1',
      'ended 3',
      expect.stringMatching(/^zip None \[.*'dress.*'extra', 'shoe.*\]$/),
      'cancelled cancelled',
      "listed ['day', 'day-2']",
    ]);
  } finally {
    await rig.close();
  }
});
