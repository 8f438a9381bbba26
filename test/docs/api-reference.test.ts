/** The reference says what the built types say, and every export is described. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './documents';

/** It takes some 8 s of a core, which may be shared with much else. */
const MAX_MS = 180_000;

test(
  'docs/api.md is what "npm run docs:api" writes',
  () => {
    const script = path.join(ROOT, 'tools', 'api-reference.js');
    const check = () => execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8', stdio: 'pipe' });
    expect(check).not.toThrow();
  },
  MAX_MS,
);
