/** Secrets by file: where they come from, and that nothing shows what is in them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withSecretFiles } from '../../cli/processes/secret-files';
import { UsageError } from '../../cli/usage-error';
import { readTemporalTarget } from '../../connection/connection';
import { SECRET_VARIABLES } from '../../input/secret-files';
import { tempFolder } from '../support/temp-folder';
import { runInside } from './cli-inside';

const SECRET = 'never-to-be-shown-'.repeat(3);
const folder = tempFolder();

function fileWith(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const full = fileWith('full', `${SECRET}\n`);

test.each(SECRET_VARIABLES)('%s_FILE fills the variable, without the end of the line', (name) => {
  const env = withSecretFiles({ [`${name}_FILE`]: full, OTHER: 'stays' });
  expect(env).toMatchObject({ [name]: SECRET, OTHER: 'stays' });
  // A second reader must not find both.
  expect(withSecretFiles(env)).toEqual(env);
});

test('without files nothing changes', () => {
  const env = { IMAGEPIPELINE_API_KEY: 'ip_live_x', IMAGEPIPELINE_API_KEY_FILE: ' ' };
  expect(withSecretFiles(env)).toEqual(env);
});

test('every problem is reported at once, by variable and path', () => {
  const empty = fileWith('empty', '\n');
  const missing = path.join(folder, 'missing');
  const readProblems = (env: Record<string, string>) => {
    try {
      return withSecretFiles(env);
    } catch (error) {
      return (error as UsageError).problems;
    }
  };
  expect(readProblems({ IMAGEPIPELINE_API_KEY_FILE: missing, IMAGEPIPELINE_CALLBACK_SECRET_FILE: empty })).toEqual([
    `IMAGEPIPELINE_API_KEY_FILE names "${missing}", which cannot be read (ENOENT); make it a file that this user may read`,
    `IMAGEPIPELINE_CALLBACK_SECRET_FILE names "${empty}", which is empty; write the secret to it`,
  ]);
  mkdirSync(path.join(folder, 'folder'));
  expect(readProblems({ IMAGEPIPELINE_API_KEY_FILE: path.join(folder, 'folder') })).toEqual([
    expect.stringContaining('EISDIR'),
  ]);
  expect(() => withSecretFiles({ IMAGEPIPELINE_API_KEY: 'x', IMAGEPIPELINE_API_KEY_FILE: full })).toThrow(UsageError);
});

test('every command reads the keys of the encryption from a file, the library too', async () => {
  const keys = fileWith('keys', `2026:${Buffer.alloc(32).toString('base64')}\n`);
  const bad = fileWith('bad-keys', `${SECRET}\n`);
  expect(readTemporalTarget({ IMAGEPIPELINE_ENCRYPTION_KEYS_FILE: keys }).encryption?.keys.map(({ id }) => id)).toEqual(
    ['2026'],
  );
  for (const file of [bad, path.join(folder, 'missing')]) {
    const { code, stderr } = await runInside(['status', 'x'], folder, { IMAGEPIPELINE_ENCRYPTION_KEYS_FILE: file });
    expect({ code, named: stderr.includes('IMAGEPIPELINE_ENCRYPTION_KEYS') }).toEqual({ code: 2, named: true });
    expect(stderr).not.toContain('never-to-be-shown');
  }
});

test.each(['worker', 'gateway'])('%s reads them, and shows nothing of what is wrong in them', async (command) => {
  const bad = fileWith('bad', `${SECRET} with a space`);
  const short = fileWith('short', 'short-secret');
  const env = { IMAGEPIPELINE_API_KEY_FILE: bad, IMAGEPIPELINE_CALLBACK_SECRET_FILE: short };
  const { code, stdout, stderr } = await runInside([command], folder, {
    ...env,
    IMAGEPIPELINE_CALLBACK_URL: 'https://hooks.example.com',
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('IMAGEPIPELINE_CALLBACK_SECRET');
  for (const secret of ['never-to-be-shown', 'short-secret']) expect(stderr).not.toContain(secret);
});
