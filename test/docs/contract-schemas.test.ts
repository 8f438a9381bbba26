/** The schemas for callers in other languages are made from the checks and the types of this build. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './documents';

test('the package has each schema at its name', () => {
  const name = 'imagepipeline-temporal/schemas/imagePipelineItem.input.json';
  const script = `console.log(require(${JSON.stringify(name)}).title)`;
  expect(execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' })).toBe(
    'imagePipelineItem.input\n',
  );
});

test('the schemas are current; npm run docs:schemas writes them', () => {
  const script = path.join(ROOT, 'tools', 'contract-schemas.js');
  expect(() => execFileSync(process.execPath, [script, '--check'], { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
});
