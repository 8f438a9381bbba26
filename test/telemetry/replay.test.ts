/** Work that began before there were traces continues: kept histories replay in the bundle that workers load. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { BUNDLE_FILES } from '../../worker/bundle';
import { quiet } from '../support/quiet';

const ROOT = path.join(__dirname, '..', '..');
const codePath = path.join(ROOT, 'dist', 'worker', BUNDLE_FILES.plainFailures);

const files = ['test/histories', 'test/batch/histories', 'test/account/histories'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder)).map((name) => path.join(folder, name)),
);

/** One object, or one event a line. */
function historyIn(file: string): unknown {
  const text = readFileSync(path.join(ROOT, file), 'utf8').trimEnd();
  return file.endsWith('.json') ? JSON.parse(text) : { events: text.split('\n').map((line) => JSON.parse(line)) };
}

beforeAll(quiet);

test.each(files)('%s', async (file) => {
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, historyIn(file), path.parse(file).name);
});
