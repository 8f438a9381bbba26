/** Work that began before there were traces continues: kept histories replay in the bundle that workers load. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type History, historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { BUNDLE_FILES } from '../../worker/bundle';
import { quiet } from '../support/quiet';

const ROOT = path.join(__dirname, '..', '..');
const codePath = path.join(ROOT, 'dist', 'worker', BUNDLE_FILES.plainFailures);

const files = ['test/histories', 'test/batch/histories', 'test/account/histories'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder)).map((name) => path.join(folder, name)),
);

/** One object, or one event a line. */
function historyIn(file: string): History {
  const text = readFileSync(path.join(ROOT, file), 'utf8').trimEnd();
  const history = file.endsWith('.json')
    ? JSON.parse(text)
    : { events: text.split('\n').map((line) => JSON.parse(line)) };
  return historyFromJSON(history);
}

/** By workflow id; of those that replay there is none. One worker replays them all: to start it takes longer than a replay. */
const errors = new Map<string, unknown>();

beforeAll(async () => {
  quiet();
  const histories = files.map((file) => ({ workflowId: path.parse(file).name, history: historyIn(file) }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories))
    errors.set(workflowId, error);
});

test.each(files.map((file) => path.parse(file).name))('%s', (workflowId) => {
  expect([...errors.keys()]).toContain(workflowId);
  expect(errors.get(workflowId)).toBeUndefined();
});
